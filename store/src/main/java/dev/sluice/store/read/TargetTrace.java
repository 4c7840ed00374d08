// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.store.clock.ClockReadings;
import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.clock.TickerIntervals;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.FirstCosts;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.PaceInfo;
import dev.sluice.store.format.ProgressInfo;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TickerInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** Everything that a trace has about one target, except its events. Immutable once the reader is open. */
public final class TargetTrace {
    private static final TargetId NOBODY = new TargetId(new UUID(0, 0));
    private static final long NANO_FREQUENCY_HZ = 1_000_000_000L;
    /** The most errors that are kept; a target's log has room for fewer. */
    private static final int MAX_ERRORS = 4096;
    private static final int WEIGHT_CHARACTERS = 32;

    /** An owner of a ring. The ring passes from one owner to the next; each owner has its generation. */
    private record Ownership(StreamKey stream, int generation) {
        static Ownership of(final ThreadInfo thread) {
            return new Ownership(thread.stream(), thread.generation());
        }
    }

    private final int index;
    private boolean isKnown;
    private TargetInfo info;
    private final Map<Integer, EventSchema> schemas = new TreeMap<>();
    private final ClockReadings readings = new ClockReadings();
    private final Map<Ownership, ThreadInfo> threads = new LinkedHashMap<>();
    private final List<LossInfo> losses = new ArrayList<>();
    private final List<PacketStream> streams = new ArrayList<>();
    private final Map<StreamKey, PacketStream> streamsByKey = new HashMap<>();
    private final Map<String, DistinctError> errors = new LinkedHashMap<>();
    private final Map<Long, StallInfo> stalls = new LinkedHashMap<>();
    private final Set<TargetInfo.Selection> selections = new LinkedHashSet<>();
    private final TickerIntervals ticker = new TickerIntervals();
    private PaceInfo pace;
    private EndInfo end;
    private boolean hasProgress;
    /** Whether nothing of the target follows the end of the last segment. */
    private boolean isAtSegmentEnd;
    private long refusedInStallsBefore;
    private long coveredFromNs = Long.MIN_VALUE;
    private volatile TargetClock clock;
    private long lastReadingTicks;

    /**
     * Makes a target of which nothing else is known yet.
     *
     * @param info null if the document about the process is damaged
     */
    TargetTrace(final int index, final TargetInfo info) {
        this.index = index;
        this.info = info == null ? unknown(NOBODY) : info;
        isKnown = info != null;
    }

    private static TargetInfo unknown(final TargetId id) {
        return new TargetInfo(id, 0, 0, new UUID(0, 0), 0, NANO_FREQUENCY_HZ, 0, 0, "", "");
    }

    /** Takes the target's identity from a packet, if it is not known yet. */
    void identify(final PacketView packet) {
        if (!isKnown && info.id().equals(NOBODY)) {
            info = unknown(packet.targetId());
        }
    }

    /** Takes the description of the process from a document that came late. */
    void identify(final TargetInfo newInfo) {
        info = newInfo;
        isKnown = true;
    }

    /**
     * Adds declared events.
     *
     * @param room     how much the events may weigh together, see {@link #weight}
     * @param problems gets the problems of events that were left out
     * @return weight of the events that were added
     */
    int addSchema(final byte[] log, final int room, final List<String> problems) {
        int added = 0;
        for (final EventSchema schema : SchemaCodec.decode(log, problems::add)) {
            final EventSchema known = schemas.get(schema.id());
            final int weight = known == null ? weight(schema) : 0;
            if (weight > room - added) {
                problems.add("more fields, or labels of enumerations, than a trace may have: event id " + schema.id());
            } else if (known == null) {
                schemas.put(schema.id(), schema);
                added += weight;
            } else if (!known.equals(schema)) {
                problems.add("event id " + schema.id() + " means both " + known.name() + " and " + schema.name()
                    + ", or its fields differ");
            }
        }
        return added;
    }

    /** Weight of a schema: one for each field and label, and one for each 32 characters of names. */
    private static int weight(final EventSchema schema) {
        int weight = (schema.provider().length() + schema.tracepoint().length() + schema.description().length())
            / WEIGHT_CHARACTERS;
        for (final FieldSchema field : schema.fields()) {
            weight += 1 + (field.name().length() + field.unit().length() + field.description().length())
                / WEIGHT_CHARACTERS;
            for (final String label : field.labels()) {
                weight += 1 + label.length() / WEIGHT_CHARACTERS;
            }
        }
        return weight;
    }

    void addTriple(final ClockTriple triple) {
        final String problem = readings.add(triple);
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
        lastReadingTicks = Math.max(lastReadingTicks, triple.ticks());
        clock = null;
    }

    /** The greatest ticks of a clock reading; 0 if there is none. */
    public long lastReadingTicks() {
        return lastReadingTicks;
    }

    void addTicker(final TickerInfo info) {
        ticker.add(info);
    }

    /** Notes that a packet of this target follows. */
    void addPacket() {
        isAtSegmentEnd = false;
        ticker.addPacket();
    }

    /**
     * Takes how far the recording had come where a segment begins or ends.
     *
     * @param isAfterRemoval whether segments before this one are there no more
     */
    void addProgress(final ProgressInfo progress, final boolean isAfterRemoval) {
        isAtSegmentEnd = progress.isEnd();
        if (progress.isEnd()) {
            return;
        }
        hasProgress = true;
        if (!isAfterRemoval) {
            return;
        }
        coveredFromNs = Math.max(coveredFromNs, progress.monotonicNs());
        progress.streams().forEach(one -> stream(one.stream()).resume(one));
        for (final LossInfo sum : progress.losses()) {
            long events = 0;
            long batches = 0;
            for (final LossInfo known : losses) {
                if (known.ring() == sum.ring() && known.cause() == sum.cause()
                    && known.firstSequence() == sum.firstSequence() && known.lastSequence() == sum.lastSequence()) {
                    events += known.events();
                    batches += known.batches();
                }
            }
            if (sum.events() > events || sum.batches() > batches) {
                losses.add(new LossInfo(sum.ring(), sum.cause(), Math.max(0, sum.events() - events),
                    Math.max(0, sum.batches() - batches), sum.firstSequence(), sum.lastSequence()));
            }
        }
        final long stalled = stalls.values().stream().mapToLong(StallInfo::refusedTotal).sum();
        refusedInStallsBefore = Math.max(refusedInStallsBefore, progress.refusedInStalls() - stalled);
    }

    /** Whether a document has said how far the recording had come where a segment begins. */
    boolean hasProgress() {
        return hasProgress;
    }

    void addThread(final ThreadInfo thread) {
        threads.put(Ownership.of(thread), thread);
        stream(thread.stream()).beginAt(thread);
    }

    void addLoss(final LossInfo loss) {
        losses.add(loss);
    }

    /** Whether there is a document about this error already. */
    boolean knows(final DistinctError error) {
        return errors.containsKey(error.text());
    }

    /** Whether there is a document about this thread already. */
    boolean knows(final ThreadInfo thread) {
        return threads.containsKey(Ownership.of(thread));
    }

    /** Adds an error. A later document about the same error replaces the earlier one, because its count is newer. */
    void addError(final DistinctError error) {
        if (errors.size() < MAX_ERRORS || errors.containsKey(error.text())) {
            errors.put(error.text(), error);
        }
    }

    void setPace(final PaceInfo newPace) {
        pace = newPace;
    }

    void addSelection(final TargetInfo.Selection selection) {
        selections.add(selection);
    }

    /** Adds a stall. A later document with the same begin replaces the earlier one, because it knows more. */
    void addStall(final StallInfo stall) {
        stalls.merge(stall.beginMonotonicNs(), stall, StallInfo::with);
    }

    void setEnd(final EndInfo newEnd) {
        end = newEnd;
    }

    boolean hasPackets() {
        return streams.stream().anyMatch(stream -> stream.packetCount() > 0);
    }

    boolean hasPackets(final StreamKey key) {
        final PacketStream stream = streamsByKey.get(key);
        return stream != null && stream.packetCount() > 0;
    }

    PacketStream stream(final StreamKey key) {
        PacketStream stream = streamsByKey.get(key);
        if (stream == null) {
            stream = new PacketStream(this, key);
            streamsByKey.put(key, stream);
            streams.add(stream);
        }
        return stream;
    }

    /** Index of the target in the trace. */
    public int index() {
        return index;
    }

    /** Whether the trace describes the process. If not, {@link #info} has at most the target's id. */
    public boolean isIdentified() {
        return isKnown;
    }

    /** The description of the process. */
    public TargetInfo info() {
        return info;
    }

    /** All events declared, by ascending id. */
    public Collection<EventSchema> schemas() {
        return Collections.unmodifiableCollection(schemas.values());
    }

    /**
     * Clock readings in the order of CLOCK_MONOTONIC. If the recording is long, only those are kept that the time lines
     * need.
     */
    public List<ClockTriple> triples() {
        return readings.triples();
    }

    /** A converter of ticks, for one thread. All converters share the same lines. */
    public TargetClock clock() {
        TargetClock first = clock;
        if (first == null) {
            // Two threads may make it at the same time. That does no harm, because the two are equal.
            first = new TargetClock(readings.triples(), info.clockFrequencyHz());
            clock = first;
        }
        return first.copy();
    }

    /** CLOCK_MONOTONIC of ticks, ns, by the clock readings that the trace has now. */
    public long monotonicNs(final long ticks) {
        return clock().monotonicNs(ticks);
    }

    /**
     * Whether events may have earlier readings of the clock as their time. Then the true time is an interval, see
     * {@link EventView#latestNs}.
     */
    public boolean isSampled() {
        return info.clockKind() == Clock.KIND_SAMPLED || !isKnown && ticker.isKnown();
    }

    /** What the target's ticker has proven about events that have earlier readings of the clock as their time. */
    public TickerIntervals ticker() {
        return ticker;
    }

    /** How far times on CLOCK_MONOTONIC may be off, ns; see {@link TargetClock#errorNs}. */
    public long clockErrorNs() {
        return (long) Math.ceil(clock().errorNs() + readings.toleranceNs());
    }

    /** How far the clock's lines may pass a reading that was left out, ns. */
    public double clockToleranceNs() {
        return readings.toleranceNs();
    }

    /** All owners of rings that the trace knows. */
    public Collection<ThreadInfo> threads() {
        return Collections.unmodifiableCollection(threads.values());
    }

    /** What their first events have cost the threads that have taken rings during the recording. */
    public FirstCosts firstCosts() {
        return FirstCosts.of(threads.values());
    }

    /** The owner of a stream in one generation, or null if the trace does not have it. */
    public ThreadInfo thread(final StreamKey stream, final int generation) {
        return threads.get(new Ownership(stream, generation));
    }

    /** Errors inside the target's tracer, from the target's start to the end of the recording. */
    public Collection<DistinctError> errors() {
        return Collections.unmodifiableCollection(errors.values());
    }

    /** All losses in stored order. */
    public List<LossInfo> losses() {
        return Collections.unmodifiableList(losses);
    }

    /**
     * Number of missing events that belong to no ring, by the name of their cause. Nobody can tell at which place they
     * are missing.
     */
    public Map<String, Long> missingOfNoRing() {
        final Map<String, Long> causes = new TreeMap<>();
        end().ifPresent(known -> known.refused().forEach((cause, events) ->
            causes.merge(cause.label(), events, Long::sum)));
        losses.stream().filter(loss -> loss.ring() == LossInfo.NO_RING)
            .forEach(loss -> causes.merge(loss.cause().label(), loss.events(), Long::sum));
        causes.values().removeIf(events -> events <= 0);
        return causes;
    }

    /**
     * What the target was asked to fire from each moment on, in stored order; empty if that was all events of the
     * patterns in the trace's command line, all the time.
     */
    public Collection<TargetInfo.Selection> selections() {
        return Collections.unmodifiableCollection(selections);
    }

    /** Times in which the consumer did not keep up, in stored order. */
    public Collection<StallInfo> stalls() {
        return Collections.unmodifiableCollection(stalls.values());
    }

    /**
     * How the thread that received the target's events spent its time. Empty if the recording did not come to its end.
     */
    public Optional<PaceInfo> pace() {
        return Optional.ofNullable(pace);
    }

    /** How the recording of this target ended. Empty if the consumer was killed before it could write that. */
    public Optional<EndInfo> end() {
        return Optional.ofNullable(end);
    }

    /** Whether the account is final. */
    public boolean isEndKnown() {
        return end != null && end.known();
    }

    /** Number of events that were stored and are there no more, as the segments that had them were removed. */
    public long removedEvents() {
        // Counts come from files and may be forged: their sum stays at the greatest number.
        return streams.stream().mapToLong(PacketStream::removedEvents)
            .reduce(0, (one, other) -> one + other < 0 ? Long.MAX_VALUE : one + other);
    }

    /**
     * From when on everything is here that was stored: CLOCK_MONOTONIC of the recorder, ns; {@link Long#MIN_VALUE} if
     * no segment was removed.
     */
    public long coveredFromNs() {
        return coveredFromNs;
    }

    /** Number of events refused in stalls that removed segments had. */
    long refusedInStallsBefore() {
        return refusedInStallsBefore;
    }

    /**
     * Whether what there is ends with a segment that another one followed: a copy of some segments, or a trace whose
     * recorder was killed right there.
     */
    public boolean isAtSegmentEnd() {
        return isAtSegmentEnd && end == null;
    }

    /** The rings and trap streams, in the order of their first document. */
    public List<PacketStream> streams() {
        return Collections.unmodifiableList(streams);
    }
}
