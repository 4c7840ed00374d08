// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.live;

import dev.sluice.consumer.attach.SessionHolder;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.attach.TargetProcess;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.memory.TaggedWord;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Looks at one target while it fires and while another process may record it. The region is read by pread and never
 * mapped, so that no look gives it a page; of the control file only words are loaded. Nothing is stored to either: the
 * target and its consumer go on as if nobody looked. What the target shares is not believed (docs/protocol.md).
 * <p> How many events were written is exact at each look. Which they were is known as far as the rings still held them
 * at the look: those of a ring that was written once around between two looks are missing from the counts by name. For
 * one thread.
 */
public final class TargetGauge implements AutoCloseable {
    private final Target target;
    private final EventCounts counts;
    private final LookBuffer scratch;
    private final List<RingGauge> rings = new ArrayList<>();
    private boolean hasLooked;
    private long heartbeat;
    private long heartbeatNs;

    private TargetGauge(final Target target) {
        this.target = target;
        counts = new EventCounts(target.region());
        scratch = new LookBuffer(target.region().chunkLength());
        heartbeat = target.control().words().heartbeatVolatile();
        heartbeatNs = System.nanoTime();
    }

    /**
     * Opens every target in a process, one for each copy of the library. The caller closes them.
     *
     * @throws dev.sluice.consumer.attach.AttachException as {@link TargetFinder#open(long)} does
     */
    public static List<TargetGauge> open(final long pid) {
        return TargetFinder.open(pid, false).stream().map(TargetGauge::new).toList();
    }

    /** The target's process. */
    public TargetProcess process() {
        return target.process();
    }

    /** The target's identity. */
    public String id() {
        return target.id().toString();
    }

    /** Code of the clock that the target's events have. */
    public int clockKind() {
        return target.region().clockKind();
    }

    /** Why the target has that clock; empty if it does not say. */
    public String clockWhy() {
        return target.region().notes().clockWhy();
    }

    /** Whether nothing will change any more: the process has ended, or this copy of the library was stopped. */
    public boolean isOver() {
        return target.process().hasExited() || !target.control().isOpen();
    }

    /** Looks at all rings. To be called some times a second. */
    public void look() {
        final boolean isOver = isOver();
        scratch.refill();
        counts.refresh();
        final ControlFile words = target.control().words();
        final long beat = words.heartbeatVolatile();
        if (beat != heartbeat) {
            heartbeat = beat;
            heartbeatNs = System.nanoTime();
        }
        final int limit = target.region().slotLimit();
        while (rings.size() < limit) {
            rings.add(new RingGauge(target.region(), rings.size(), hasLooked));
        }
        hasLooked = true;
        for (int i = 0; i < limit; i++) {
            final long pulled = words.pulledVolatile(i);
            rings.get(i).look(TaggedWord.value(pulled) == 0 ? 0 : pulled, scratch, counts);
        }
        counts.pairs().settle(isOver);
    }

    /** What the last look has found, and the peaks since the last call. */
    public TargetReading take() {
        final SessionHolder holder = target.control().holder();
        // The consumer's own life is the kernel's word. A dead one's process id stays in the session's word.
        final boolean isHeld = !holder.isFree() && target.control().life().isAlive(holder.epoch());
        return new TargetReading(System.nanoTime(),
            rings.stream().map(RingGauge::take).filter(Objects::nonNull).toList(),
            target.region().notes().refusals(), counts.byName(), counts.pairs().take(), isHeld ? holder.pid() : 0,
            isHeld && System.nanoTime() - heartbeatNs > target.control().staleAfterNs(),
            target.control().words().activeEpochVolatile() != 0);
    }

    @Override
    public void close() {
        target.close();
    }
}
