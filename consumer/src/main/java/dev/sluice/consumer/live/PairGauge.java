// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.live;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.IdTable;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.pair.PairConvention;
import dev.sluice.store.pair.PairFigures;
import dev.sluice.store.pair.PairName;
import dev.sluice.store.report.FieldStatistics;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Measures how long things take that an event begins and another one of the same thread ends, by the names of both, as
 * {@code report} does. A virtual thread may begin something in one ring and end it in another; so what a look has
 * seen is put in the order of time, as far as the look before had come: everything up to there was in its ring when
 * this look began. Where events of a thread were not seen, what it had begun is forgotten. For one thread.
 */
final class PairGauge {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    /** Events of pairs that are kept between two looks, and begins that are kept until their end comes. */
    private static final int MOST_EVENTS = 1 << 17;
    private static final int MOST_BEGINS = 1 << 16;
    private static final long NOBODY = 0;

    /** What an event is to a kind of pairs. */
    private record Role(int pair, boolean isBegin) {
    }

    /**
     * An event of a pair, or a place where events of its thread are missing.
     *
     * @param roles null where events are missing
     */
    private record Seen(long ticks, long thread, List<Role> roles) {
    }

    /** Whose begins of what kind. */
    private record Key(int pair, long thread) {
    }

    /** A run of events of a ring without a gap, by their numbers: positions have holes that mean nothing. */
    private static final class Segment {
        private final long from;
        private final long to;
        private final List<Seen> events = new ArrayList<>();

        Segment(final long from, final long to) {
            this.from = from;
            this.to = to;
        }
    }

    private final long frequency;
    private List<PairName> names = List.of();
    private IdTable<List<Role>> roles = new IdTable<>();
    private List<FieldStatistics> latencies = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();
    private List<Seen> seen = new ArrayList<>();
    private final Map<Key, Deque<Long>> begun = new HashMap<>();
    private int begins;
    /** Thread of the segment's ring: of carriers each event has its own. */
    private long owner;
    private boolean isOfCarrier;
    private boolean hasTicks;
    private long newestTicks;
    /** What the look before had come to. */
    private long settledTicks = Long.MIN_VALUE;

    PairGauge(final long frequency) {
        this.frequency = frequency;
    }

    /** Learns what is declared. */
    void refresh(final List<EventSchema> schemas) {
        final TreeSet<String> all = new TreeSet<>();
        schemas.forEach(schema -> all.add(schema.name()));
        final List<PairName> found = PairConvention.of(all);
        if (found.equals(names)) {
            addRoles(schemas);
            return;
        }
        names = found;
        latencies = empty();
        begun.clear();
        begins = 0;
        seen.clear();
        addRoles(schemas);
    }

    private void addRoles(final List<EventSchema> schemas) {
        final IdTable<List<Role>> table = new IdTable<>();
        for (final EventSchema schema : schemas) {
            final List<Role> ofEvent = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                // An event that is both first ends what another has begun.
                if (names.get(i).end().equals(schema.name())) {
                    ofEvent.add(new Role(i, false));
                }
                if (names.get(i).begin().equals(schema.name())) {
                    ofEvent.add(new Role(i, true));
                }
            }
            if (!ofEvent.isEmpty()) {
                table.put(schema.id(), List.copyOf(ofEvent));
            }
        }
        roles = table;
    }

    private List<FieldStatistics> empty() {
        final List<FieldStatistics> none = new ArrayList<>();
        names.forEach(name -> none.add(new FieldStatistics(PairFigures.LATENCY)));
        return none;
    }

    /** Begins with a ring, or once more with the same one. */
    void beginRing(final int tid, final StreamClass streamClass) {
        segments.clear();
        isOfCarrier = streamClass == StreamClass.CARRIER;
        // Ids of virtual threads are positive.
        owner = isOfCarrier ? NOBODY : -tid;
    }

    /** Events follow, from one number of the ring's events up to another. */
    void beginSegment(final long from, final long to) {
        segments.add(new Segment(from, to));
    }

    /**
     * Takes an event of the segment.
     *
     * @param header        its first word
     * @param virtualThread the virtual thread that has fired it; of other rings anything
     */
    void accept(final long header, final long virtualThread) {
        final List<Role> ofEvent = roles.get(EventDescriptor.id(header));
        if (ofEvent != null) {
            segments.get(segments.size() - 1).events
                .add(new Seen(extended(EventDescriptor.ticks48(header)), isOfCarrier ? virtualThread : owner, ofEvent));
        }
    }

    /** Ticks by the newest ones, which are less than half of what 48 bits can tell apart from any others. */
    private long extended(final long ticks48) {
        if (!hasTicks) {
            hasTicks = true;
            newestTicks = ticks48;
        }
        final int unused = Long.SIZE - EventDescriptor.TICKS_BITS;
        final long ticks = newestTicks + (ticks48 - newestTicks << unused >> unused);
        newestTicks = Math.max(newestTicks, ticks);
        return ticks;
    }

    /**
     * Ends with a ring.
     *
     * @param end number of the ring's events that the look before had come to
     */
    void endRing(final long end) {
        segments.sort(Comparator.comparingLong(segment -> segment.from));
        long next = end;
        for (final Segment segment : segments) {
            if (segment.from != next && !segment.events.isEmpty()) {
                seen.add(new Seen(segment.events.get(0).ticks, owner, null));
            }
            // An empty segment leaves the gap to the next one.
            next = segment.from == next || !segment.events.isEmpty() ? segment.to : next;
            seen.addAll(segment.events);
        }
        segments.clear();
    }

    /**
     * Matches what was seen, once all rings were looked at.
     *
     * @param isLast whether nothing will come any more
     */
    void settle(final boolean isLast) {
        if (seen.size() > MOST_EVENTS) {
            // Too many to be put in order in time.
            seen.clear();
            forget(NOBODY, true);
        }
        seen.sort(Comparator.comparingLong(Seen::ticks));
        int settled = 0;
        while (settled < seen.size() && (isLast || seen.get(settled).ticks <= settledTicks)) {
            match(seen.get(settled));
            settled++;
        }
        seen = new ArrayList<>(seen.subList(settled, seen.size()));
        settledTicks = newestTicks;
    }

    private void match(final Seen event) {
        if (event.roles == null) {
            forget(event.thread, event.thread == NOBODY);
            return;
        }
        for (final Role role : event.roles) {
            final Key key = new Key(role.pair, event.thread);
            if (role.isBegin) {
                if (begins < MOST_BEGINS) {
                    begins++;
                    begun.computeIfAbsent(key, unused -> new ArrayDeque<>()).push(event.ticks);
                }
            } else {
                end(key, event.ticks);
            }
        }
    }

    private void end(final Key key, final long ticks) {
        final Deque<Long> stack = begun.get(key);
        if (stack == null) {
            return;
        }
        latencies.get(key.pair).record((long) ((ticks - stack.pop()) * (double) SECOND_NS / frequency));
        begins--;
        if (stack.isEmpty()) {
            begun.remove(key);
        }
    }

    /** Forgets what a thread had begun, or what all virtual ones had: it is not known which of them is concerned. */
    private void forget(final long thread, final boolean isAnyVirtual) {
        begun.entrySet().removeIf(entry -> {
            final long one = entry.getKey().thread;
            final boolean isConcerned = isAnyVirtual ? one > 0 : one == thread;
            if (isConcerned) {
                begins -= entry.getValue().size();
            }
            return isConcerned;
        });
    }

    /** What was measured since the last call, of pairs that there were. */
    List<LatencyReading> take() {
        final List<LatencyReading> taken = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            final FieldStatistics latency = latencies.get(i);
            if (latency.count() > 0) {
                taken.add(new LatencyReading(names.get(i).begin(), names.get(i).end(), latency.count(),
                    latency.quantile(0.5).longValue(), latency.quantile(0.9).longValue(),
                    latency.quantile(0.99).longValue(), latency.max().longValue()));
            }
        }
        latencies = empty();
        return taken;
    }
}
