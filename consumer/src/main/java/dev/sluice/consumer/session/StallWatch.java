// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.consumer.attach.TimeOffset;
import dev.sluice.ring.PacketHeader;
import dev.sluice.ring.Slot;
import dev.sluice.store.format.StallInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds the stalls of a session: times between two heartbeats that the target takes for stale. Told of each beat by the
 * heartbeat's thread; asked by the recorder's.
 * <p>
 * What was refused in a stall is what the rings' own counts have grown by. It is read one heartbeat after the end: a
 * thread that has found the consumer stale just before counts its event a moment later.
 */
public final class StallWatch {
    private final TargetRegion region;
    private final long staleNs;
    private final long monotonicOffsetNs;
    /** Of each ring what earlier stalls have been told to have refused. */
    private final Map<Integer, Long> told = new TreeMap<>();
    private final Map<Integer, Long> discardedWhenTold = new TreeMap<>();
    private final List<StallInfo> open = new ArrayList<>();
    private StallInfo last;
    private long beatNs;
    private long beatRealtimeNs;

    /** A watch on a target's rings. */
    StallWatch(final Target target, final long staleNs) {
        this.region = target.region();
        this.staleNs = staleNs;
        monotonicOffsetNs = TimeOffset.ofTarget(target.process());
        beatNs = System.nanoTime();
        beatRealtimeNs = realtimeNs();
    }

    /** What the rings have refused so far is another session's. */
    synchronized void begin() {
        refusedSinceTold();
        open.clear();
    }

    /** The consumer has given a sign: what lies between this and the one before is a stall if it is long. */
    synchronized void beat() {
        final long now = System.nanoTime();
        final long realtime = realtimeNs();
        if (now - beatNs >= staleNs) {
            open.add(new StallInfo(beatNs + monotonicOffsetNs, now + monotonicOffsetNs, beatRealtimeNs, realtime,
                Map.of()));
        }
        beatNs = now;
        beatRealtimeNs = realtime;
    }

    /**
     * The stalls that are over and were not handed out yet.
     *
     * @param isEnd  whether nothing is refused any more: then one that is not over yet is among them, and what was
     *               refused since the last one was handed out is added to that
     * @param isLost whether another consumer has the session, and the counts with it
     */
    public synchronized List<StallInfo> take(final boolean isEnd, final boolean isLost) {
        if (isEnd && !isLost && System.nanoTime() - beatNs >= staleNs) {
            beat();
        }
        if (!isEnd && (open.isEmpty() || isYoung())) {
            return List.of();
        }
        final Map<Integer, Long> refused = isLost ? Map.of() : refusedSinceTold();
        final List<StallInfo> over = new ArrayList<>(open);
        open.clear();
        if (over.isEmpty() && !refused.isEmpty()) {
            // The target found us late, by a clock that both read, where we did not.
            over.add(last != null ? last : new StallInfo(beatNs + monotonicOffsetNs, beatNs + monotonicOffsetNs,
                beatRealtimeNs, beatRealtimeNs, Map.of()));
        }
        if (!over.isEmpty()) {
            // The last one has what was refused: nobody can tell what of it came in an earlier one.
            last = over.get(over.size() - 1);
            over.set(over.size() - 1, new StallInfo(last.beginMonotonicNs(), last.endMonotonicNs(),
                last.beginRealtimeNs(), last.endRealtimeNs(), refused));
        }
        return over;
    }

    private boolean isYoung() {
        final StallInfo newest = open.get(open.size() - 1);
        return System.nanoTime() + monotonicOffsetNs - newest.endMonotonicNs() < Heartbeat.PERIOD_NS;
    }

    /** Never more than the ring has discarded since: a target may write anything. */
    private Map<Integer, Long> refusedSinceTold() {
        final Map<Integer, Long> refused = new TreeMap<>();
        for (int i = 0; i < region.slotLimit(); i++) {
            final Slot slot = region.slot(i);
            final long count = slot.stalledAcquire();
            final long discarded = slot.discardedAcquire();
            if (PacketHeader.isCount(count) && PacketHeader.isCount(discarded)) {
                final long more = Math.min(
                    count - told.getOrDefault(i, 0L), discarded - discardedWhenTold.getOrDefault(i, 0L));
                if (more > 0) {
                    refused.put(i, more);
                }
                told.put(i, count);
                discardedWhenTold.put(i, discarded);
            }
        }
        return refused;
    }

    private static long realtimeNs() {
        return System.currentTimeMillis() * 1_000_000L;
    }
}
