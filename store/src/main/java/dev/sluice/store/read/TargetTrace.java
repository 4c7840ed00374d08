// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.ClockTriple;
import dev.sluice.ring.DistinctError;
import dev.sluice.ring.EventSchema;
import dev.sluice.ring.FieldSchema;
import dev.sluice.ring.SchemaCodec;
import dev.sluice.ring.TargetId;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.agrona.collections.Long2ObjectHashMap;

/** Everything that a trace holds about one target but the events themselves. Immutable once the reader is open. */
public final class TargetTrace {
    private static final long TRAP_BIT = 1L << Integer.SIZE;
    private static final TargetId NOBODY = new TargetId(new UUID(0, 0));
    private static final long NANO_FREQUENCY_HZ = 1_000_000_000L;
    /** More than a target's log has room for. */
    private static final int MAX_ERRORS = 4096;
    private static final int WEIGHT_CHARACTERS = 32;

    private final int index;
    private boolean isKnown;
    private TargetInfo info;
    private final Map<Integer, EventSchema> schemas = new TreeMap<>();
    private final ClockReadings readings = new ClockReadings();
    private final Map<Long, ThreadInfo> threads = new LinkedHashMap<>();
    private final List<LossInfo> losses = new ArrayList<>();
    private final List<PacketStream> streams = new ArrayList<>();
    private final Long2ObjectHashMap<PacketStream> streamsByKey = new Long2ObjectHashMap<>();
    private final Map<String, DistinctError> errors = new LinkedHashMap<>();
    private final Map<Long, StallInfo> stalls = new LinkedHashMap<>();
    private EndInfo end;
    private volatile TargetClock clock;

    /**
     * A target without anything yet.
     *
     * @param info null if what the trace says of the process is damaged
     */
    TargetTrace(final int index, final TargetInfo info) {
        this.index = index;
        this.info = info == null ? unknown(NOBODY) : info;
        isKnown = info != null;
    }

    private static TargetInfo unknown(final TargetId id) {
        return new TargetInfo(id, 0, 0, new UUID(0, 0), 0, NANO_FREQUENCY_HZ, 0, 0, "", "");
    }

    /** Takes the identity from a packet, if there is none yet. */
    void identify(final PacketView packet) {
        if (!isKnown && info.id().equals(NOBODY)) {
            info = unknown(packet.targetId());
        }
    }

    /** Takes all that is known of the process, from a document that comes late. */
    void identify(final TargetInfo newInfo) {
        info = newInfo;
        isKnown = true;
    }

    /**
     * Adds events.
     *
     * @param room     what they may weigh together, see {@link #weight}
     * @param problems gets what is wrong with those that were left out
     * @return what those weigh that were added
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

    /** Fields and labels, and what they take in names: one for each 32 characters. */
    private static int weight(final EventSchema schema) {
        int weight = (schema.provider().length() + schema.tracepoint().length()) / WEIGHT_CHARACTERS;
        for (final FieldSchema field : schema.fields()) {
            weight += 1 + field.name().length() / WEIGHT_CHARACTERS;
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
    }

    void addThread(final ThreadInfo thread) {
        final boolean trap = thread.streamClass() == dev.sluice.ring.PacketHeaderDescriptor.STREAM_TRAP;
        threads.put(threadKey(thread.ring(), trap, thread.generation()), thread);
        stream(thread.ring(), trap).begin(thread);
    }

    void addLoss(final LossInfo loss) {
        losses.add(loss);
    }

    /** Whether there is a document of the error already. */
    boolean knows(final DistinctError error) {
        return errors.containsKey(error.text());
    }

    /** Whether there is a document of the thread already. */
    boolean knows(final ThreadInfo thread) {
        return threads.containsKey(threadKey(thread.ring(),
            thread.streamClass() == dev.sluice.ring.PacketHeaderDescriptor.STREAM_TRAP, thread.generation()));
    }

    /** A later document of the same error has its newer count. */
    void addError(final DistinctError error) {
        if (errors.size() < MAX_ERRORS || errors.containsKey(error.text())) {
            errors.put(error.text(), error);
        }
    }

    /** What is found out late of a stall comes in a document of the same begin. */
    void addStall(final StallInfo stall) {
        stalls.merge(stall.beginMonotonicNs(), stall, StallInfo::with);
    }

    void setEnd(final EndInfo newEnd) {
        end = newEnd;
    }

    boolean hasPackets(final int ring, final boolean trap) {
        final PacketStream stream = streamsByKey.get(Integer.toUnsignedLong(ring) | (trap ? TRAP_BIT : 0));
        return stream != null && stream.packetCount() > 0;
    }

    PacketStream stream(final int ring, final boolean trap) {
        final long key = Integer.toUnsignedLong(ring) | (trap ? TRAP_BIT : 0);
        PacketStream stream = streamsByKey.get(key);
        if (stream == null) {
            stream = new PacketStream(this, ring, trap);
            streamsByKey.put(key, stream);
            streams.add(stream);
        }
        return stream;
    }

    /** Slots are at most 8,192 and trap streams one for each kernel thread: 31 bits of ring and 32 of generation. */
    private static long threadKey(final int ring, final boolean trap, final int generation) {
        return (long) ring << Integer.SIZE + 1 ^ (trap ? TRAP_BIT : 0) ^ Integer.toUnsignedLong(generation);
    }

    /** Index of the target in the trace. */
    public int index() {
        return index;
    }

    /** Whether the trace says what process it is; if not, {@link #info} has the target's id at most. */
    public boolean isIdentified() {
        return isKnown;
    }

    /** The process. */
    public TargetInfo info() {
        return info;
    }

    /** All events declared, by ascending id. */
    public Collection<EventSchema> schemas() {
        return Collections.unmodifiableCollection(schemas.values());
    }

    /**
     * Clock readings in the order of CLOCK_MONOTONIC: all of them, or of a long recording those that its time lines
     * need.
     */
    public List<ClockTriple> triples() {
        return readings.triples();
    }

    /** A converter of ticks for one thread; all of them share the lines. */
    public TargetClock clock() {
        TargetClock first = clock;
        if (first == null) {
            // Two threads may both make it: they are equal.
            first = new TargetClock(readings.triples(), info.clockFrequencyHz());
            clock = first;
        }
        return first.copy();
    }

    /** How far times on CLOCK_MONOTONIC may be off, ns; see {@link TargetClock#errorNs}. */
    public long clockErrorNs() {
        return (long) Math.ceil(clock().errorNs() + readings.toleranceNs());
    }

    /** How far the clock's lines may pass a reading that they do not need, ns. */
    public double clockToleranceNs() {
        return readings.toleranceNs();
    }

    /** All owners of rings that were noted. */
    public Collection<ThreadInfo> threads() {
        return Collections.unmodifiableCollection(threads.values());
    }

    /** The owner of a ring in one generation, or null if it was not noted. */
    public ThreadInfo thread(final int ring, final boolean trapStream, final int generation) {
        return threads.get(threadKey(ring, trapStream, generation));
    }

    /** What went wrong inside the target's tracer from its start up to the end of the recording. */
    public Collection<DistinctError> errors() {
        return Collections.unmodifiableCollection(errors.values());
    }

    /** All losses in stored order. */
    public List<LossInfo> losses() {
        return Collections.unmodifiableList(losses);
    }

    /** Times in which the consumer did not keep up, in stored order. */
    public Collection<StallInfo> stalls() {
        return Collections.unmodifiableCollection(stalls.values());
    }

    /** How it ended; empty if the consumer was killed before it could say. */
    public Optional<EndInfo> end() {
        return Optional.ofNullable(end);
    }

    /** Whether the account is final. */
    public boolean isEndKnown() {
        return end != null && end.known();
    }

    /** The rings and trap streams, in the order of their first document. */
    public List<PacketStream> streams() {
        return Collections.unmodifiableList(streams);
    }
}
