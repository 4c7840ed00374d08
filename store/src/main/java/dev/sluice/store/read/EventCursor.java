// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.EventSchema;
import dev.sluice.ring.EventWalker;
import dev.sluice.ring.IdTable;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.TraceStoreException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the events of several rings in one time order: a k-way merge of one cursor a ring, so memory
 * is proportional to the number of rings. Allocates nothing per event. For one thread.
 * <pre>{@code
 * EventCursor cursor = reader.events();
 * while (cursor.next()) {
 *     EventView event = cursor.event();
 * }
 * }</pre>
 */
public final class EventCursor {
    // A tree of losers: inner node n holds the ring that lost the match of the two halves below it; ring i plays first
    // at node (i + rings) / 2. A ring that wins twice running is compared with the runner-up alone from then on, which
    // makes bursts of one ring cheap.
    private final RingCursor[] rings;
    /** By ring: the key of its event, and its rank among equal keys; a ring that is at its end ranks behind all. */
    private final long[] keys;
    private final int[] orders;
    private final int[] losers;
    private final EventView view;
    private final List<TargetTrace> targets;
    private final Map<PacketStream, RingCursor> byStream = new IdentityHashMap<>();
    private int winner = -1;
    private int runnerUp = -1;
    private long count;

    EventCursor(final TraceReader reader, final List<PacketStream> streams) {
        final boolean oneClock = streams.stream().map(PacketStream::target).distinct().count() <= 1;
        final Map<TargetTrace, EventWalker> walkers = new HashMap<>();
        final Map<TargetTrace, IdTable<EventLayout>> layouts = new HashMap<>();
        final Map<TargetTrace, TargetClock> clocks = new HashMap<>();
        rings = new RingCursor[streams.size()];
        keys = new long[rings.length];
        orders = new int[rings.length];
        losers = new int[rings.length];
        int size = 0;
        for (final PacketStream stream : streams) {
            final TargetTrace target = stream.target();
            final EventWalker walker = walkers.computeIfAbsent(target, key -> new EventWalker(key.schemas()));
            final IdTable<EventLayout> layout = layouts.computeIfAbsent(target, EventCursor::layoutsOf);
            final TargetClock clock = oneClock ? null : clocks.computeIfAbsent(target, TargetTrace::clock);
            rings[size] = new RingCursor(reader, stream, walker, layout, clock);
            orders[size] = size;
            byStream.put(stream, rings[size]);
            size++;
        }
        view = new EventView(reader.targets());
        targets = reader.targets();
    }

    private static IdTable<EventLayout> layoutsOf(final TargetTrace target) {
        final IdTable<EventLayout> layouts = new IdTable<>();
        for (final EventSchema schema : target.schemas()) {
            layouts.put(schema.id(), new EventLayout(schema));
        }
        return layouts;
    }

    /**
     * Moves to the next event.
     *
     * @return false after the last
     * @throws TraceStoreException if reading fails; packets that are damaged are stepped over and noted in the reader
     */
    public boolean next() {
        if (winner >= 0) {
            step();
        } else if (rings.length > 0) {
            start();
        }
        if (winner < 0 || orders[winner] >= rings.length) {
            return false;
        }
        view.point(rings[winner]);
        count++;
        return true;
    }

    private void start() {
        Arrays.fill(losers, -1);
        for (int i = 0; i < rings.length; i++) {
            advance(i);
            int contender = i;
            for (int node = i + rings.length >>> 1; node > 0 && contender >= 0; node >>>= 1) {
                final int other = losers[node];
                if (other < 0 || isBefore(other, contender)) {
                    losers[node] = contender;
                    contender = other;
                }
            }
            if (contender >= 0) {
                winner = contender;
            }
        }
    }

    private void advance(final int ring) {
        if (orders[ring] >= rings.length) {
            return;
        }
        if (rings[ring].advance()) {
            keys[ring] = rings[ring].key;
        } else {
            keys[ring] = Long.MAX_VALUE;
            orders[ring] += rings.length;
        }
    }

    private void step() {
        final int last = winner;
        advance(last);
        if (runnerUp >= 0 && isBefore(last, runnerUp)) {
            return;
        }
        int contender = last;
        for (int node = last + rings.length >>> 1; node > 0; node >>>= 1) {
            final int other = losers[node];
            if (isBefore(other, contender)) {
                losers[node] = contender;
                contender = other;
            }
        }
        winner = contender;
        runnerUp = contender == last ? runnerUpOf(contender) : -1;
    }

    /** The first of all others: it has lost to the winner itself, so it is on the winner's way. -1 if none. */
    private int runnerUpOf(final int ring) {
        int best = -1;
        for (int node = ring + rings.length >>> 1; node > 0; node >>>= 1) {
            if (best < 0 || isBefore(losers[node], best)) {
                best = losers[node];
            }
        }
        return best;
    }

    private boolean isBefore(final int one, final int other) {
        return keys[one] < keys[other] || keys[one] == keys[other] && orders[one] < orders[other];
    }

    /** The event that {@link #next} has moved to: always the same flyweight. */
    public EventView event() {
        return view;
    }

    /** Events of one ring that were read so far, counted one by one. */
    long countOf(final PacketStream stream) {
        final RingCursor ring = byStream.get(stream);
        return ring == null ? 0 : ring.count;
    }

    /** Events of one ring in packets that were stepped over because their content is no sequence of whole events. */
    long malformedOf(final PacketStream stream) {
        final RingCursor ring = byStream.get(stream);
        return ring == null ? 0 : ring.malformedEvents();
    }

    /** What is missing after the last event of each ring; to be asked after the last event of all. */
    public List<MissingEvents> missingAtEnd() {
        final Map<TargetTrace, Map<String, RingAccount>> accounts = new LinkedHashMap<>();
        for (final TargetTrace target : targets) {
            accounts.put(target, target.end().map(TraceAccount::byRing).orElseGet(HashMap::new));
        }
        final List<MissingEvents> missing = new ArrayList<>();
        for (final RingCursor ring : rings) {
            final RingAccount account = accounts.get(ring.stream.target())
                .remove(TraceAccount.key(ring.stream.ring(), ring.stream.isTrapStream()));
            missing.add(ring.missingAtEnd(account));
        }
        accounts.forEach((target, left) -> left.values().forEach(account -> missing.add(new MissingEvents(target,
            account.ring(), account.trapStream(), account.lost(), account.overwritten(), account.discarded()))));
        missing.removeIf(one -> one == null || one.total() == 0);
        return missing;
    }

    /** Events seen so far. */
    public long count() {
        return count;
    }
}
