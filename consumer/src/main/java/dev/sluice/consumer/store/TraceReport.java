// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.ring.EventSchema;
import java.io.IOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a trace holds, found by reading all of it: counts, rates, field statistics and the account of R7. Immutable
 * once made; any thread.
 */
public final class TraceReport {
    private final TraceReader reader;
    private final TraceAccount account;
    private final List<EventStatistics> events;
    private final long bytes;

    private TraceReport(final TraceReader reader, final TraceAccount account, final List<EventStatistics> events) {
        this.reader = reader;
        this.account = account;
        this.events = events;
        bytes = reader.targets().stream().flatMap(target -> target.streams().stream())
            .mapToLong(PacketStream::bytes).sum();
    }

    /**
     * Reads a whole trace.
     *
     * @throws TraceStoreException if it is damaged
     */
    public static TraceReport of(final TraceReader reader) {
        final EventStatistics[][] byId = new EventStatistics[reader.targets().size()][];
        final List<EventStatistics> all = new ArrayList<>();
        for (final TargetTrace target : reader.targets()) {
            byId[target.index()] = new EventStatistics[EventSchema.MAX_ID + 1];
            for (final EventSchema schema : target.schemas()) {
                final EventStatistics statistics = new EventStatistics(target, schema);
                byId[target.index()][schema.id()] = statistics;
                all.add(statistics);
            }
        }
        final EventCursor cursor = reader.events();
        while (cursor.next()) {
            final EventView event = cursor.event();
            byId[event.target().index()][event.schema().id()].add(event);
        }
        return new TraceReport(reader, new TraceAccount(reader.targets(), cursor::countOf), all);
    }

    /** The trace. */
    public TraceReader reader() {
        return reader;
    }

    /** The account of R7. */
    public TraceAccount account() {
        return account;
    }

    /** Of every declared event, by target and id; also of those that never fired. */
    public List<EventStatistics> events() {
        return Collections.unmodifiableList(events);
    }

    /** Bytes of all packets, headers included. */
    public long bytes() {
        return bytes;
    }

    /** Time from the first event to the last, ns; 0 if there is none. */
    public long durationNs() {
        long first = Long.MAX_VALUE;
        long last = Long.MIN_VALUE;
        for (final EventStatistics event : events) {
            if (event.count() > 0) {
                first = Math.min(first, event.firstWallTimeNs());
                last = Math.max(last, event.lastWallTimeNs());
            }
        }
        return last > first ? last - first : 0;
    }

    /** The report as JSON with stable keys, one object. */
    public ObjectNode toJson() {
        final ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("fired", account.fired());
        json.put("stored", account.stored());
        json.put("discarded", account.discarded());
        json.put("overwritten", account.overwritten());
        final ObjectNode lost = json.putObject("lost");
        account.lost().forEach(lost::put);
        json.put("traps", account.traps());
        json.put("bytes", bytes);
        json.put("end", account.isEndKnown() ? "known" : "unknown");
        final ArrayNode list = json.putArray("events");
        events.forEach(event -> list.add(json(event)));
        json.put("consistent", account.isConsistent());
        final ObjectNode refused = json.putObject("refused");
        account.refused().forEach((cause, count) -> refused.put(cause.label(), count));
        json.put("batches", account.batches());
        json.put("blocked_ns", account.blockedNs());
        json.put("duration_ns", durationNs());
        final ArrayNode gaps = json.putArray("gaps");
        reader.gaps().forEach(gap -> gaps.addObject().put("target", gap.target()).put("ring", gap.ring())
            .put("first_sequence", gap.firstSequence()).put("last_sequence", gap.lastSequence())
            .put("events", gap.events()).put("overwritten", gap.overwritten()));
        final ArrayNode errors = json.putArray("errors");
        reader.targets().forEach(target -> target.errors().forEach(error -> errors.addObject()
            .put("target", target.index()).put("count", error.count())
            .put("first", WallTime.format(TimeUnit.MILLISECONDS.toNanos(error.firstMs())))
            .put("last", WallTime.format(TimeUnit.MILLISECONDS.toNanos(error.lastMs()))).put("text", error.text())));
        return json;
    }

    private ObjectNode json(final EventStatistics event) {
        final ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", event.schema().name());
        json.put("count", event.count());
        json.put("target", event.target().index());
        json.put("pid", event.target().info().pid());
        json.put("rate", event.rate());
        final ArrayNode fields = json.putArray("fields");
        for (final FieldStatistics field : event.fields()) {
            final ObjectNode node = fields.addObject();
            node.put("name", field.field().name());
            node.put("type", field.field().type().name().toLowerCase(java.util.Locale.ROOT));
            node.put("of", field.of());
            put(node, "sum", field.sum());
            put(node, "min", field.min());
            put(node, "max", field.max());
            put(node, "p50", field.quantile(0.5));
            put(node, "p90", field.quantile(0.9));
            put(node, "p99", field.quantile(0.99));
            put(node, "p999", field.quantile(0.999));
            final Map<String, Long> values = field.valueCounts();
            if (!values.isEmpty()) {
                final ObjectNode counts = node.putObject("values");
                values.forEach(counts::put);
            }
        }
        return json;
    }

    private static void put(final ObjectNode node, final String key, final Number number) {
        if (number == null) {
            node.putNull(key);
        } else if (number instanceof Double value) {
            // JSON has no infinity.
            if (Double.isFinite(value)) {
                node.put(key, new BigDecimal(value.toString()));
            } else {
                node.put(key, value.toString());
            }
        } else if (number instanceof BigInteger value) {
            node.put(key, value);
        } else {
            node.put(key, number.longValue());
        }
    }

    /** Writes {@link #toJson} on one line. */
    public void writeJson(final Writer out) throws IOException {
        out.write(new ObjectMapper().writeValueAsString(toJson()));
        out.write('\n');
        out.flush();
    }

    /** The report as aligned text. */
    public String toText() {
        return new TraceReportText(this).toString();
    }
}
