// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.event.IdTable;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.query.Selection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Reads the events of several rings in one order of time. It merges one cursor for each ring, so the memory that it
 * needs is proportional to the number of rings. Allocates nothing for an event. For one thread.
 * <pre>{@code
 * EventCursor cursor = reader.events().cursor();
 * while (cursor.next()) {
 *     EventView event = cursor.event();
 * }
 * }</pre>
 */
public final class EventCursor {
    // The merge is a tree of losers: inner node n holds the ring that lost the match between the two halves below it;
    // ring i plays first at node (i + rings) / 2. When a ring wins twice in a row, from then on it is compared only
    // with the runner-up, which makes bursts of one ring cheap.
    private RingCursor[] rings = {};
    /**
     * For each ring: the key of its event, and its rank among equal keys. A ring that has no more events ranks last.
     */
    private long[] keys = {};
    private int[] orders = {};
    private int[] losers = {};
    private final TraceReader reader;
    private final Selection selection;
    private final EventView view;
    private final List<TargetTrace> targets;
    private final OwnerChoice owners;
    /** The walker and the plans of each target, made when so many events were declared. */
    private final Map<TargetTrace, EventWalker> walkers = new HashMap<>();
    private Map<TargetTrace, IdTable<EventPlan>> plans = Map.of();
    private int declared = -1;
    private final Map<PacketStream, RingCursor> byStream = new IdentityHashMap<>();
    private int winner = -1;
    private int runnerUp = -1;
    private final long limit;
    private final boolean isPartial;
    private boolean isCut;
    /** Whether the winner's event was looked at by {@link #nextIf} and not taken. */
    private boolean isHeld;
    private long count;

    EventCursor(final TraceReader reader, final Selection selection) {
        this.reader = reader;
        this.selection = selection;
        targets = reader.targets();
        limit = selection.limit();
        owners = new OwnerChoice(selection.processes(), selection.threads());
        if (!reader.isGrowing()) {
            owners.requireProcesses(targets);
        }
        isPartial = selection.isPartial();
        view = new EventView(targets);
        addRings();
    }

    /** Makes cursors of the rings that have none yet, and shows all of them what the trace has. */
    private void addRings() {
        final List<PacketStream> all = targets.stream().flatMap(target -> target.streams().stream()).toList();
        final List<PacketStream> streams =
            all.stream().filter(stream -> owners.isSelected(stream.target())).toList();
        if (reader.isGrowing()) {
            // Nobody reads the others.
            all.stream().filter(stream -> !owners.isSelected(stream.target()))
                .forEach(stream -> stream.readBefore(stream.packetCount()));
        }
        final boolean oneClock = streams.stream().map(PacketStream::target).distinct().count() <= 1;
        final Map<TargetTrace, TargetClock> clocks = new HashMap<>();
        final Map<TargetTrace, TickRange> ranges = new HashMap<>();
        final TickRange.Span span = TickRange.Span.of(all);
        declare();
        final RingCursor[] cursors = new RingCursor[streams.size()];
        int size = 0;
        for (final PacketStream stream : streams) {
            final TargetTrace target = stream.target();
            final EventWalker walker = walkers.get(target);
            final TargetClock clock = oneClock ? null : clocks.computeIfAbsent(target, TargetTrace::clock);
            cursors[size] = byStream.get(stream);
            if (cursors[size] == null) {
                final TickRange range =
                    ranges.computeIfAbsent(target, key -> TickRange.of(selection, key, span));
                cursors[size] = new RingCursor(reader, stream, walker, plans.get(target), clock, range, owners);
                byStream.put(stream, cursors[size]);
            } else {
                cursors[size].extend(walker, plans.get(target), clock);
            }
            size++;
        }
        rings = cursors;
        keys = new long[size];
        orders = new int[size];
        losers = new int[size];
    }

    /** Makes walkers and plans, if events were declared since it was done. */
    private void declare() {
        final int now = targets.stream().mapToInt(target -> target.schemas().size()).sum();
        if (now != declared || targets.size() != plans.size()) {
            declared = now;
            plans = EventPlan.of(targets, selection, reader.isGrowing());
            targets.forEach(target -> walkers.put(target, new EventWalker(target.schemas())));
        }
    }

    /**
     * Moves to the next event.
     *
     * @return false after the last event
     * @throws TraceStoreException if reading fails. Damaged packets are stepped over and noted in the reader
     */
    public boolean next() {
        if (count >= limit) {
            isCut = true;
            return false;
        }
        if (isHeld) {
            isHeld = false;
        } else if (winner >= 0) {
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

    /**
     * Moves to the next event if it is wanted by now. If it is not, it is the next event again later.
     *
     * @param isWanted looks at the event
     * @return false if it is not, or there is none
     */
    public boolean nextIf(final Predicate<? super EventView> isWanted) {
        if (!next()) {
            return false;
        }
        if (!isWanted.test(view)) {
            isHeld = true;
            count--;
        }
        return !isHeld;
    }

    /**
     * Takes what a growing trace has got since: packets, rings, targets, clock readings and declared events. To be
     * called after {@link #nextIf} returned false.
     */
    public void extend() {
        // An event that waits is the current one of its ring, as those of all other rings that have one are.
        final Map<RingCursor, Boolean> standing = new IdentityHashMap<>();
        for (int i = 0; i < rings.length; i++) {
            standing.put(rings[i], winner >= 0 && orders[i] < rings.length);
        }
        addRings();
        view.look(targets);
        runnerUp = -1;
        winner = -1;
        for (int i = 0; i < rings.length; i++) {
            orders[i] = i;
            if (standing.getOrDefault(rings[i], false)) {
                keys[i] = rings[i].key;
            } else {
                advance(i);
            }
        }
        compete();
        isHeld = winner >= 0;
    }

    private void start() {
        for (int i = 0; i < rings.length; i++) {
            orders[i] = i;
            advance(i);
        }
        compete();
    }

    /** Finds the first of all rings. */
    private void compete() {
        Arrays.fill(losers, -1);
        for (int i = 0; i < rings.length; i++) {
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

    /**
     * The ring that is first among all but the winner, or -1 if there is no other. It has lost to the winner directly,
     * so it stands on the winner's way up the tree.
     */
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

    /** The event that {@link #next} has moved to. It is always the same flyweight. */
    public EventView event() {
        return view;
    }

    /**
     * Number of events of one ring. If the whole trace is read, it is the number of events read so far, selected or
     * not. If only a part is read, it is the number in the whole trace by the packets' headers, without packets that
     * turned out to be damaged.
     */
    long countOf(final PacketStream stream) {
        final RingCursor ring = byStream.get(stream);
        if (ring == null) {
            // Rings of processes that are not selected are not read.
            return isPartial ? stream.events() : 0;
        }
        return isPartial ? stream.events() - ring.damagedEvents() : ring.count;
    }

    /**
     * Number of events of one ring in packets that were stepped over because their content is not a sequence of whole
     * events.
     */
    long malformedOf(final PacketStream stream) {
        final RingCursor ring = byStream.get(stream);
        return ring == null ? 0 : ring.malformedEvents();
    }

    /**
     * What is missing after the last event of each ring. To be called after the last event of the trace. It is empty if
     * the selection's number of events was reached, because the rest was not read.
     */
    public List<MissingEvents> missingAtEnd() {
        if (isCut) {
            return List.of();
        }
        final Map<TargetTrace, Map<StreamKey, RingAccount>> accounts = new LinkedHashMap<>();
        for (final TargetTrace target : targets) {
            accounts.put(target, target.end().map(TraceAccount::byRing).orElseGet(HashMap::new));
        }
        final List<MissingEvents> missing = new ArrayList<>();
        for (final RingCursor ring : rings) {
            final RingAccount account = accounts.get(ring.stream.target())
                .remove(ring.stream.key());
            missing.add(ring.missingAtEnd(account));
        }
        // For rings without a packet, neither thread nor time is known.
        accounts.forEach((target, left) -> (isPartial ? Map.<StreamKey, RingAccount>of() : left)
            .values().forEach(account -> missing.add(new MissingEvents(target,
            account.stream(), account.lost(), account.overwritten(), account.discarded()))));
        missing.removeIf(one -> one == null || one.total() == 0);
        return missing;
    }

    /** Whether reading ended because the selection's number of events was reached. There may be more events or not. */
    public boolean isCut() {
        return isCut;
    }

    /** Number of events read so far. */
    public long count() {
        return count;
    }
}
