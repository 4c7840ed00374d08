// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the traces of one target hold together, one after another in the order of their sessions: contents and order of
 * every event are checked while they are read, and each ring's account is put together over all traces. Knows nothing
 * of what the application has counted.
 */
public final class TraceTally {
    private static final int MOST_THREADS = 1 << 20;

    /** One ring over all traces. */
    public static final class Ring {
        /** Events of each packet in the last trace that has any, by sequence; those of the newest one are not in it. */
        private final Map<Long, Long> packets = new HashMap<>();
        private long packet;
        private long storedInPacket;
        /** End of the last packet. */
        private long lastEnd = -1;
        /** The last gap that a session has found left by the one before. */
        private LossInfo unconfirmed;
        private long stored;
        private long lost;
        private long confirmedLater;
        private long discarded;
        private long overwritten;
        /** The ring's count of discarded events up to which all are in some trace. */
        private long discardsCovered;
        private String discardsMissing = "";

        /** A trace has the discarded events from one count of the ring to another. */
        public void coverDiscards(final long from, final long to) {
            if (from > discardsCovered) {
                discardsMissing += " " + discardsCovered + " to " + from;
            }
            discardsCovered = Math.max(discardsCovered, to);
        }

        /** Discarded events that no trace has, as text; empty if there are none. */
        public String discardsMissing() {
            return discardsMissing;
        }

        /** A recorder that dies before it has confirmed a gap leaves it to the next, who finds the same, or more. */
        public void replaceUnconfirmed(final LossInfo loss) {
            if (unconfirmed != null && unconfirmed.firstSequence() == loss.firstSequence()) {
                lost -= unconfirmed.events();
                confirmedLater -= storedIn(unconfirmed);
            }
            unconfirmed = loss;
        }

        public long storedIn(final LossInfo gap) {
            long events = 0;
            for (long s = gap.firstSequence(); s <= gap.lastSequence(); s++) {
                events += packets.getOrDefault(s, 0L);
            }
            return events;
        }

        private void store(final long sequence) {
            stored++;
            if (sequence != packet) {
                endPacket();
                packet = sequence;
            }
            storedInPacket++;
        }

        private void endPacket() {
            if (storedInPacket > 0) {
                packets.merge(packet, storedInPacket, Long::sum);
                storedInPacket = 0;
            }
        }

        /** Events that were stored, or refused, recycled or lost and counted as such. */
        public long accounted() {
            return stored + discarded + overwritten + lost - confirmedLater;
        }

        public long discarded() {
            return discarded;
        }

        public long overwritten() {
            return overwritten;
        }

        @Override
        public String toString() {
            return "stored " + stored + " discarded " + discarded + " overwritten " + overwritten + " lost " + lost
                + ", of them found in an earlier trace " + confirmedLater;
        }
    }

    /** One thread over all traces, of which tens of millions of events are read: nothing here is boxed. */
    private static final class Firing {
        private final int ring;
        private final Ring stores;
        private long lastIndex = -1;
        private long stored;

        Firing(final int ring, final Ring stores) {
            this.ring = ring;
            this.stores = stores;
        }
    }

    private final Map<Integer, Ring> rings = new TreeMap<>();
    /** Ring of each thread that fires. */
    private final Map<Integer, Integer> ringOfThread = new TreeMap<>();
    /** By the thread's number. */
    private Firing[] firing = new Firing[MOST_THREADS >> 8];
    private final Map<LossCause, Long> causes = new EnumMap<>(LossCause.class);
    private final Map<RefusalCause, Long> refused = new EnumMap<>(RefusalCause.class);
    private final StringBuilder story = new StringBuilder();
    private boolean endKnown;

    /** Adds the next trace. */
    public void add(final Path directory) {
        endKnown = false;
        final TraceReader reader;
        try {
            reader = TraceReader.open(directory);
        } catch (final TraceStoreException e) {
            if (!isOfRecorderThatHadNotBegun(e)) {
                throw new AssertionError(directory + " cannot be read: " + e.getMessage(), e);
            }
            story.append(directory.getFileName()).append(": not begun; ");
            return;
        }
        endKnown = reader.isEndKnown();
        if (reader.targets().isEmpty()) {
            story.append(directory.getFileName()).append(": no target; ");
            return;
        }
        final TargetTrace target = reader.targets().get(0);
        story.append(directory.getFileName()).append(": ")
            .append(target.end().map(end -> end.kind() + (end.known() ? " known" : " unknown")).orElse("no end"));
        addLosses(target);
        addPackets(reader, target);
        final EventCursor events = addEvents(reader);
        addCounts(target);
        story.append(", ").append(events.count()).append(" events; ");
        if (target.end().isPresent()) {
            final TraceAccount account = account(reader, events);
            if (!account.isConsistent()) {
                throw new AssertionError(directory + ": its account does not add up by " + account.difference() + ": "
                    + TraceReport.of(reader).toJson());
            }
        }
    }

    /** The account that a report of a trace has, without the report's statistics, which take several times as long. */
    public static TraceAccount account(final Path directory) {
        final TraceReader reader = TraceReader.open(directory);
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            // The cursor counts.
            continue;
        }
        return account(reader, cursor);
    }

    private static TraceAccount account(final TraceReader reader, final EventCursor atEnd) {
        return new TraceAccount(
            reader.targets(), atEnd, reader.damageCount() > 0, !reader.unknownDocuments().isEmpty());
    }

    private static boolean isOfRecorderThatHadNotBegun(final TraceStoreException e) {
        final String message = String.valueOf(e.getMessage());
        return message.startsWith("no trace") || message.startsWith("no such directory")
            || message.startsWith("the trace is empty");
    }

    /** What was unconfirmed may be in an earlier trace after all: the sequence numbers say so. */
    private void addLosses(final TargetTrace target) {
        for (final LossInfo loss : target.losses()) {
            causes.merge(loss.cause(), loss.events(), Long::sum);
            if (loss.cause() == LossCause.BETWEEN_SESSIONS) {
                // The ring's own count of discarded events, which is taken below, has them.
                ring(loss.ring()).coverDiscards(loss.firstSequence(), loss.lastSequence());
                continue;
            }
            final Ring ring = ring(loss.ring());
            if (loss.firstSequence() > 0) {
                ring.replaceUnconfirmed(loss);
            }
            ring.lost += loss.events();
            if (loss.firstSequence() > 0) {
                ring.confirmedLater += ring.storedIn(loss);
            }
        }
    }

    /** Positions name bytes for ever: no two packets of a ring may share any. */
    private void addPackets(final TraceReader reader, final TargetTrace target) {
        for (final PacketStream stream : target.streams()) {
            final Ring ring = ring(stream.key().number());
            if (stream.packetCount() > 0) {
                ring.packets.clear();
            }
            // They were stored, in segments that the recorder has removed.
            ring.stored += stream.removedEvents();
            reader.packets(stream, packet -> {
                if (packet.beginPosition() < ring.lastEnd) {
                    throw new AssertionError(stream.key().describe() + " packet " + packet.sequence() + " begins at "
                        + packet.beginPosition() + ", before the end of another one: " + ring.lastEnd + " in "
                        + reader.directory() + "; " + story);
                }
                ring.lastEnd = packet.endPosition();
            });
        }
    }

    private EventCursor addEvents(final TraceReader reader) {
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            final EventView event = cursor.event();
            final boolean isText = event.schema().name().endsWith("text");
            final int thread = (int) event.getLong(isText ? 1 : 0);
            final long index = event.getLong(isText ? 2 : 1);
            if (isText != Contents.isText(thread, index) || (isText
                ? !event.getString(0).equals(Contents.label(thread, index))
                : event.getLong(2) != Contents.check(thread, index))) {
                throw new AssertionError("contents are not those of thread " + thread + " index " + index + " in "
                    + where(reader, event));
            }
            final Firing one = firing(thread, event.ring());
            if (one.lastIndex >= index) {
                throw new AssertionError("thread " + thread + " index " + index + " comes after " + one.lastIndex
                    + " in " + where(reader, event) + "; " + story);
            }
            if (one.ring != event.ring()) {
                throw new AssertionError("thread " + thread + " has rings " + one.ring + " and " + event.ring());
            }
            one.lastIndex = index;
            one.stored++;
            one.stores.store(event.packetSequence());
        }
        rings.values().forEach(Ring::endPacket);
        return cursor;
    }

    private Firing firing(final int thread, final int ring) {
        if (thread < 0 || thread >= MOST_THREADS) {
            throw new AssertionError("thread " + thread + " of ring " + ring + " is none of the program's");
        }
        if (thread >= firing.length) {
            firing = Arrays.copyOf(firing, Math.min(MOST_THREADS, Math.max(thread + 1, 2 * firing.length)));
        }
        if (firing[thread] == null) {
            firing[thread] = new Firing(ring, ring(ring));
            ringOfThread.put(thread, ring);
        }
        return firing[thread];
    }

    private static String where(final TraceReader reader, final EventView event) {
        return reader.directory() + " ring " + event.ring() + " packet " + event.packetSequence();
    }

    /** Counts of refusals are cumulative in the ring: the last trace that knows them has them all. */
    private void addCounts(final TargetTrace target) {
        final Map<Integer, ThreadInfo> begins = new HashMap<>();
        target.threads().forEach(thread -> begins.putIfAbsent(thread.ring(), thread));
        for (final PacketStream stream : target.streams()) {
            final ThreadInfo begin = begins.get(stream.key().number());
            if (begin != null) {
                final Ring ring = ring(stream.key().number());
                ring.discarded = begin.discardedBefore() + stream.discarded();
                ring.coverDiscards(begin.discardedBefore(), ring.discarded);
                ring.overwritten = begin.overwrittenBefore() + stream.overwritten();
            }
        }
        target.end().ifPresent(end -> {
            for (final RingAccount account : end.rings()) {
                final ThreadInfo begin = begins.get(account.stream().number());
                final Ring ring = ring(account.stream().number());
                ring.discarded = account.discarded() + (begin == null ? ring.discarded : begin.discardedBefore());
                ring.coverDiscards(begin == null ? 0 : begin.discardedBefore(), ring.discarded);
                ring.overwritten =
                    account.overwritten() + (begin == null ? ring.overwritten : begin.overwrittenBefore());
            }
            end.refused().forEach((cause, events) -> refused.merge(cause, events, Long::sum));
        });
    }

    private Ring ring(final int ring) {
        return rings.computeIfAbsent(ring, key -> new Ring());
    }

    public Map<Integer, Ring> rings() {
        return rings;
    }

    /** Ring of each thread of which an event is stored. */
    public Map<Integer, Integer> ringOfThread() {
        return ringOfThread;
    }

    public long storedOfThread(final int thread) {
        return thread < firing.length && firing[thread] != null ? firing[thread].stored : 0;
    }

    /** Index of the last event stored of a thread, -1 for none. */
    public long lastIndexOfThread(final int thread) {
        return thread < firing.length && firing[thread] != null ? firing[thread].lastIndex : -1;
    }

    public Map<LossCause, Long> causes() {
        return causes;
    }

    /** Refused before there was a ring. */
    public long refusedTotal() {
        return refused.values().stream().mapToLong(Long::longValue).sum();
    }

    public Map<RefusalCause, Long> refused() {
        return refused;
    }

    public long accountedTotal() {
        return rings.values().stream().mapToLong(Ring::accounted).sum() + refusedTotal();
    }

    public long discardedTotal() {
        return rings.values().stream().mapToLong(Ring::discarded).sum();
    }

    public long overwrittenTotal() {
        return rings.values().stream().mapToLong(Ring::overwritten).sum();
    }

    public long storedTotal() {
        return rings.values().stream().mapToLong(ring -> ring.stored).sum();
    }

    /** Whether the last trace's end is known. */
    public boolean isEndKnown() {
        return endKnown;
    }

    @Override
    public String toString() {
        return story + "losses " + causes + ", refused " + refused + ", rings " + rings;
    }
}
