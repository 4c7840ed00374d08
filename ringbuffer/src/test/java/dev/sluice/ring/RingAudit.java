// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.drain.BatchHeader;
import dev.sluice.ring.drain.BatchSelector;
import dev.sluice.ring.drain.RecordSizing;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.Slot;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import org.agrona.UnsafeApi;

/**
 * Reads a ring back after its process died, or at a quiet moment, as a consumer does that has received what the kernel
 * copied: packets first, then every event from the larger of head and the last packet's end to tail (R8). Compares that
 * with what the application knows, event by event, and every account with every other (R7).
 */
final class RingAudit {
    private final RingRun run;
    private final Slot slot;
    private final EventWalker walker = new EventWalker(RingScenario.SCHEMAS);
    private final BitSet seen = new BitSet();
    private long sequence;
    private long eventsBefore;
    private long endPosition = Long.MIN_VALUE;
    private long overwritten;

    private RingAudit(final RingRun run) {
        this.run = run;
        this.slot = new Slot(0, run.slot, run.ring, RingRun.GREATEST_RING, RingRun.CHUNK);
    }

    /** What contradicts the invariants, or null. */
    static String fault(final RingRun run) {
        final RingAudit audit = new RingAudit(run);
        try {
            audit.checkPages();
            audit.receive();
            audit.salvage();
            audit.account();
            return null;
        } catch (final Contradiction e) {
            return e.getMessage();
        }
    }

    /** Nobody stores to a page that is not there: in a process that would be its end, or memory that nobody counts. */
    private void checkPages() {
        for (int i = 0; i < run.backed.length; i++) {
            for (int at = run.backed[i]; at < RingRun.CHUNK; at++) {
                check(Memory.getByte(run.ring + i * (long) RingRun.CHUNK + at) == RingRun.POISON,
                    "a store to chunk %d at %d, which has pages for %d bytes", i, at, run.backed[i]);
            }
        }
    }

    private void receive() {
        for (final RingRun.Packet packet : run.received) {
            final long number = packet.word(PacketHeaderDescriptor.SEQUENCE_OFFSET);
            if (number > sequence) {
                check(packet.word(PacketHeaderDescriptor.BEGIN_POSITION_OFFSET) >= endPosition,
                    "positions go back at packet %d", number);
                take(packet);
            } else {
                checkRepetition(packet, number);
            }
        }
        check(run.greatestUse <= RingScenario.CREDITS, "credits used: %d", run.greatestUse);
    }

    private void checkRepetition(final RingRun.Packet packet, final long number) {
        final boolean isSame = run.received.stream().anyMatch(p -> p != packet
            && p.word(PacketHeaderDescriptor.SEQUENCE_OFFSET) == number
            && Arrays.equals(p.content(), packet.content()));
        check(isSame, "packet %d is repeated with another content", number);
    }

    private void take(final RingRun.Packet packet) {
        final long number = packet.word(PacketHeaderDescriptor.SEQUENCE_OFFSET);
        final long first = packet.word(PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET);
        final int count = packet.number(PacketHeaderDescriptor.EVENT_COUNT_OFFSET);
        final long newOverwritten = packet.word(PacketHeaderDescriptor.OVERWRITTEN_OFFSET);
        check(first >= eventsBefore, "packet %d: events before=%d after %d", number, first, eventsBefore);
        check(newOverwritten >= overwritten, "packet %d: overwritten goes back", number);
        check(number == sequence + 1 || hasFailed(sequence + 1, number), "packet %d follows %d", number, sequence);
        final long exact = packet.word(PacketHeaderDescriptor.CONTENT_SIZE_OFFSET) / 8 - PacketHeaderDescriptor.LENGTH;
        final long begin = packet.word(PacketHeaderDescriptor.BEGIN_POSITION_OFFSET);
        check(begin / RingRun.CHUNK == (begin + exact - 1) / RingRun.CHUNK, "packet %d crosses a chunk's end", number);
        takeEvents(packet, first, count, exact);
        final long end = packet.word(PacketHeaderDescriptor.TIMESTAMP_END_OFFSET);
        final long last = event(first + count - 1).ticks();
        // An event that an error ended between claim and commit has raised the ring's last ticks.
        check(packet.word(PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET) == event(first).ticks()
            && (end == last || end > last && run.kind == RingRun.Kind.ERROR),
            "packet %d: its ticks are not those of its first and last event", number);
        sequence = number;
        eventsBefore = first + count;
        overwritten = newOverwritten;
        endPosition = begin + packet.content().length;
    }

    private boolean hasFailed(final long from, final long to) {
        for (long missing = from; missing < to; missing++) {
            final long number = missing;
            if (run.failed.stream().noneMatch(p -> p.word(PacketHeaderDescriptor.SEQUENCE_OFFSET) == number)) {
                return false;
            }
        }
        return true;
    }

    private void takeEvents(final RingRun.Packet packet, final long first, final int count, final long exact) {
        int at = 0;
        int end = 0;
        for (long index = first; index < first + count; index++) {
            final byte[] bytes = event(index).bytes();
            end = at + bytes.length;
            check(end <= packet.content().length
                && Arrays.equals(bytes, 0, bytes.length, packet.content(), at, end), "event %d has other bytes", index);
            check(!seen.get((int) index), "event %d comes twice", index);
            seen.set((int) index);
            at = EventDescriptor.align(end);
        }
        check(end == exact && at == packet.content().length, "after event %d: bytes that are no event", first + count);
    }

    private RingRun.Event event(final long index) {
        if (index == run.events.size() && run.inFlight != null) {
            return run.inFlight;
        }
        check(index >= 0 && index < run.events.size(), "event %d was never fired", index);
        return run.events.get((int) index);
    }

    private void salvage() {
        final BatchSelector selector = new BatchSelector();
        final long tail = slot.tailAcquire();
        final long head = slot.headVolatile(tail);
        if (head >= endPosition) {
            eventsBefore = slot.eventsBefore(head);
        }
        long position = Math.max(head, endPosition);
        final long header = UnsafeApi.allocateMemory(PacketHeaderDescriptor.LENGTH);
        sequence = Math.max(sequence, slot.sequenceAcquire());
        try {
            while (true) {
                final int found = selector.select(slot, position, eventsBefore, true, walker);
                check(found != BatchSelector.MALFORMED, "salvage: %s", selector.fault());
                if (found == BatchSelector.EMPTY) {
                    return;
                }
                if (found == BatchSelector.BATCH) {
                    new BatchHeader().write(
                        selector, slot, header, new TargetId(new UUID(1, 2)), 1, sequence + 1);
                    take(new RingRun.Packet(Memory.getBytes(header, PacketHeaderDescriptor.LENGTH), Memory.getBytes(
                        slot.ringAddress() + (selector.begin() & slot.ringLength() - 1), selector.paddedLength())));
                }
                position = selector.nextHead();
            }
        } finally {
            UnsafeApi.freeMemory(header);
        }
    }

    private void account() {
        final boolean isVisible = seen.length() > run.events.size();
        final int written = run.events.size() + (isVisible ? 1 : 0);
        final BitSet missing = new BitSet();
        missing.set(0, written);
        missing.andNot(seen);
        final BitSet lost = new BitSet();
        for (final RingRun.Packet packet : run.failed) {
            final int first = (int) packet.word(PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET);
            lost.set(first, first + packet.number(PacketHeaderDescriptor.EVENT_COUNT_OFFSET));
        }
        lost.andNot(seen);
        missing.andNot(lost);
        final long counted = slot.overwrittenAcquire();
        check(missing.cardinality() == counted,
            "missing: %s, of %d written; counted as overwritten: %d", missing, written, counted);
        // A refusal that was stored, and whose fire had not returned.
        final long refusals = slot.discardedAcquire() - run.refused;
        check(refusals == 0 || refusals == 1 && run.inFlight != null,
            "refused: %d, counted as discarded: %d", run.refused, slot.discardedAcquire());
        if (run.kind == RingRun.Kind.PREEMPTION || run.kind == RingRun.Kind.TAKEOVER) {
            checkQuiet();
        }
    }

    /** Nobody died: what is claimed is what was drained, and nothing is held. */
    private void checkQuiet() {
        final ControlFile control = new ControlFile(run.control, 1);
        check(slot.drainLockVolatile() == 0, "the drain lock is held");
        check(TaggedWord.epoch(control.creditsClaimedVolatile()) == run.epoch, "credits claimed are of another epoch");
        long claimed = 0;
        for (final List<RingRun.Packet> packets : List.of(run.received, run.failed)) {
            for (final RingRun.Packet packet : packets) {
                if ((packet.number(PacketHeaderDescriptor.EPOCH_OFFSET) & TaggedWord.EPOCH_MASK) == run.epoch) {
                    claimed += RecordSizing.recordLength(packet.content().length, false);
                }
            }
        }
        check(TaggedWord.value(control.creditsClaimedVolatile()) << 3 == claimed,
            "credits claimed=%d, drained=%d", TaggedWord.value(control.creditsClaimedVolatile()) << 3, claimed);
    }

    private static void check(final boolean holds, final String message, final Object... arguments) {
        if (!holds) {
            throw new Contradiction(message.formatted(arguments));
        }
    }

    private static final class Contradiction extends RuntimeException {
        private static final long serialVersionUID = 1;

        Contradiction(final String message) {
            super(message);
        }
    }
}
