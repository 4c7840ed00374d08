// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.cli;

import dev.sluice.consumer.store.EndInfo;
import dev.sluice.consumer.store.EventCursor;
import dev.sluice.consumer.store.EventView;
import dev.sluice.consumer.store.LossCause;
import dev.sluice.consumer.store.LossInfo;
import dev.sluice.consumer.store.PacketStream;
import dev.sluice.consumer.store.RingAccount;
import dev.sluice.consumer.store.TargetTrace;
import dev.sluice.consumer.store.TraceReader;
import dev.sluice.ring.EventSchema;
import dev.sluice.ring.FieldType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a trace holds and what its account says, read from the trace alone: every event is visited, so a damaged packet
 * is found here. Immutable once made.
 */
final class Report {
    private final Map<String, EventStatistics> events = new TreeMap<>();
    private final Map<LossCause, Long> lost = new EnumMap<>(LossCause.class);
    private final Path directory;
    private long stored;
    private long written;
    private long discarded;
    private long overwritten;
    private long traps;
    private long blockedNs;
    private long bytes;
    private boolean isEndKnown;

    private Report(final Path directory) {
        this.directory = directory;
    }

    /** Counts and sums of one kind of event. */
    static final class EventStatistics {
        private final EventSchema schema;
        private final long[] sums;
        private final long[] least;
        private final long[] greatest;
        private long count;
        private long firstNs = Long.MAX_VALUE;
        private long lastNs = Long.MIN_VALUE;

        EventStatistics(final EventSchema schema) {
            this.schema = schema;
            sums = new long[schema.fields().size()];
            least = new long[sums.length];
            greatest = new long[sums.length];
        }

        private void add(final EventView event) {
            for (int i = 0; i < sums.length; i++) {
                if (event.type(i).isInteger()) {
                    final long value = event.getLong(i);
                    sums[i] += value;
                    least[i] = count == 0 ? value : Math.min(least[i], value);
                    greatest[i] = count == 0 ? value : Math.max(greatest[i], value);
                }
            }
            count++;
        }

        long count() {
            return count;
        }

        EventSchema schema() {
            return schema;
        }

        /** Sum of an integer field. */
        long sum(final int field) {
            return sums[field];
        }

        private String describe(final int field) {
            return String.format("%s %,d..%,d, mean %,.1f", schema.fields().get(field).name(), least[field],
                greatest[field], (double) sums[field] / count);
        }
    }

    /** Reads a trace. */
    static Report of(final Path directory) {
        final TraceReader reader = TraceReader.open(directory);
        final Report report = new Report(directory);
        report.readEvents(reader);
        reader.targets().forEach(report::readAccount);
        report.isEndKnown = reader.isEndKnown();
        return report;
    }

    private void readEvents(final TraceReader reader) {
        // Found by the schema object, which is the same for all events of a kind in a target.
        final Map<EventSchema, EventStatistics> bySchema = new java.util.IdentityHashMap<>();
        final Map<String, EventStatistics> byName = new HashMap<>();
        final EventCursor cursor = reader.events();
        while (cursor.next()) {
            final EventView event = cursor.event();
            EventStatistics statistics = bySchema.get(event.schema());
            if (statistics == null) {
                final EventSchema schema = event.schema();
                final String key = schema.name() + schema.fields();
                statistics = byName.computeIfAbsent(key, k -> new EventStatistics(schema));
                bySchema.put(schema, statistics);
                events.put(key, statistics);
            }
            statistics.add(event);
            final long ns = event.wallTimeNs();
            statistics.firstNs = Math.min(statistics.firstNs, ns);
            statistics.lastNs = Math.max(statistics.lastNs, ns);
        }
        stored = cursor.count();
    }

    private void readAccount(final TargetTrace target) {
        for (final LossInfo loss : target.losses()) {
            lost.merge(loss.cause(), loss.events(), Long::sum);
        }
        for (final PacketStream stream : target.streams()) {
            bytes += stream.bytes();
        }
        if (target.end().isEmpty()) {
            readUnfinished(target);
            return;
        }
        final EndInfo end = target.end().get();
        for (final RingAccount ring : end.rings()) {
            written += ring.written();
            discarded += ring.discarded();
            overwritten += ring.overwritten();
            traps += ring.traps();
            blockedNs += ring.blockedNs();
        }
        discarded += end.refused().values().stream().mapToLong(Long::longValue).sum();
        // A lost trap record has no ring that would have counted it.
        written += target.losses().stream().filter(l -> l.ring() == LossInfo.NO_RING).mapToLong(LossInfo::events).sum();
    }

    /** Without an end, only the packets' headers say anything. */
    private void readUnfinished(final TargetTrace target) {
        for (final PacketStream stream : target.streams()) {
            written += stream.written();
            discarded += stream.discarded();
            overwritten += stream.overwritten();
            traps += stream.isTrapStream() ? stream.events() : stream.packetCount();
        }
    }

    /** By name and fields, in the order of names. */
    List<EventStatistics> events() {
        return new ArrayList<>(events.values());
    }

    long stored() {
        return stored;
    }

    long fired() {
        return written + discarded;
    }

    long discarded() {
        return discarded;
    }

    long overwritten() {
        return overwritten;
    }

    long lostEvents() {
        return lost.values().stream().mapToLong(Long::longValue).sum();
    }

    boolean isEndKnown() {
        return isEndKnown;
    }

    /** Events that the account does not explain: not 0 only where something is wrong or unknown (R7). */
    long unexplained() {
        return fired() - stored - discarded - overwritten - lostEvents();
    }

    boolean isComplete() {
        return isEndKnown && discarded == 0 && overwritten == 0 && lostEvents() == 0 && unexplained() == 0;
    }

    /** As DESIGN section 12 has it. */
    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("fired", fired());
        json.put("stored", stored);
        json.put("discarded", discarded);
        json.put("overwritten", overwritten);
        final Map<String, Object> causes = new LinkedHashMap<>();
        lost.forEach((cause, count) -> causes.put(cause.label(), count));
        json.put("lost", causes);
        json.put("traps", traps);
        json.put("bytes", bytes);
        json.put("end", isEndKnown ? "known" : "unknown");
        final List<Object> list = new ArrayList<>();
        for (final EventStatistics statistics : events.values()) {
            final Map<String, Object> event = new LinkedHashMap<>();
            event.put("name", statistics.schema.name());
            event.put("count", statistics.count);
            list.add(event);
        }
        json.put("events", list);
        return json;
    }

    /** For a person. */
    String toText() {
        final Table table = new Table().row("event", "count", "per second", "fields");
        for (final EventStatistics s : events.values()) {
            final double seconds = (s.lastNs - s.firstNs) / 1e9;
            final List<String> fields = new ArrayList<>();
            for (int i = 0; i < s.sums.length; i++) {
                final FieldType type = s.schema.fields().get(i).type();
                if (type.isInteger()) {
                    fields.add(s.describe(i));
                }
            }
            table.row(s.schema.name(), String.format("%,d", s.count),
                seconds > 0 ? String.format("%,.0f", s.count / seconds) : "-", String.join("; ", fields));
        }
        final long unexplained = unexplained();
        return table + String.format("%nfired %,d = stored %,d + discarded %,d + overwritten %,d + lost %s%s%n"
            + "%,d traps, %,d bytes of packets, blocked %.3f ms, end %s: %s%n", fired(), stored, discarded, overwritten,
            lossText(lost), unexplained == 0 ? "" : String.format(" + unexplained %,d", unexplained), traps, bytes,
            blockedNs / 1e6, isEndKnown ? "known" : "unknown", directory);
    }

    /** "0", or "12 (buffer_full 10, trap_missed 2)". */
    static String lossText(final Map<LossCause, Long> losses) {
        final long total = losses.values().stream().mapToLong(Long::longValue).sum();
        final List<String> causes = new ArrayList<>();
        losses.forEach((cause, count) -> causes.add(String.format("%s %,d", cause.label(), count)));
        return String.format("%,d", total) + (causes.isEmpty() ? "" : " (" + String.join(", ", causes) + ")");
    }
}
