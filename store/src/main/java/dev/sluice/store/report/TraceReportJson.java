// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.ring.Clock;
import dev.sluice.ring.DistinctError;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.read.ClockBreak;
import dev.sluice.store.read.ClockStep;
import dev.sluice.store.read.SequenceGap;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.WallTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Lays a report out as JSON, piece by piece, so that what is written need not be in memory as a whole. Keys are stable:
 * later versions add some. For one thread.
 */
final class TraceReportJson {
    private final TraceReport report;

    TraceReportJson(final TraceReport report) {
        this.report = report;
    }

    /** Takes the pieces in their order. */
    private interface Sink {
        /** Some keys with their values. */
        void fields(ObjectNode fields) throws IOException;

        /** A key whose value is an array; its elements are made one by one. */
        void array(String key, Stream<ObjectNode> elements) throws IOException;
    }

    private void layOut(final Sink sink) throws IOException {
        final List<TargetTrace> targets = report.reader().targets();
        sink.fields(account());
        sink.array("events", report.events().stream().map(this::event));
        sink.fields(rest());
        sink.array("stalls",
            targets.stream().flatMap(target -> target.stalls().stream().map(stall -> stall(target, stall))));
        sink.fields(clock(targets));
        sink.array("clocks", targets.stream().map(TraceReportJson::clock));
        sink.array("clock_breaks", report.clockBreaks().stream().map(TraceReportJson::clockBreak));
        sink.array("clock_steps", report.clockSteps().stream().map(TraceReportJson::clockStep));
        sink.array("gaps", report.reader().gaps().stream().map(TraceReportJson::gap));
        sink.array("errors",
            targets.stream().flatMap(target -> target.errors().stream().map(error -> error(target, error))));
        final ObjectNode damage = object();
        TraceDamageText.addTo(damage, report.reader());
        sink.fields(damage);
    }

    /** The whole, as a tree. */
    ObjectNode toJson() {
        final ObjectNode json = object();
        try {
            layOut(new Sink() {
                @Override
                public void fields(final ObjectNode fields) {
                    json.setAll(fields);
                }

                @Override
                public void array(final String key, final Stream<ObjectNode> elements) {
                    final ArrayNode array = json.putArray(key);
                    elements.forEach(array::add);
                }
            });
        } catch (final IOException e) {
            // A tree is no output.
            throw new UncheckedIOException(e);
        }
        return json;
    }

    /** Writes the same on one line, in which nothing steers a terminal. */
    void write(final Writer out) throws IOException {
        layOut(new Sink() {
            private String before = "{";

            @Override
            public void fields(final ObjectNode fields) throws IOException {
                for (final Map.Entry<String, JsonNode> field : fields.properties()) {
                    key(field.getKey());
                    out.write(PrintedText.json(field.getValue().toString()));
                }
            }

            @Override
            public void array(final String key, final Stream<ObjectNode> elements) throws IOException {
                key(key);
                String between = "[";
                for (final Iterator<ObjectNode> i = elements.iterator(); i.hasNext();) {
                    out.write(between);
                    out.write(PrintedText.json(i.next().toString()));
                    between = ",";
                }
                out.write(between.equals("[") ? "[]" : "]");
            }

            private void key(final String key) throws IOException {
                out.write(before);
                before = ",";
                out.write('"');
                out.write(key);
                out.write("\":");
            }
        });
        out.write("}\n");
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private ObjectNode account() {
        final TraceAccount account = report.account();
        final ObjectNode json = object();
        json.put("fired", account.fired());
        json.put("stored", account.stored());
        json.put("discarded", account.discarded());
        json.put("overwritten", account.overwritten());
        final ObjectNode lost = json.putObject("lost");
        account.lost().forEach(lost::put);
        json.put("traps", account.traps());
        json.put("bytes", report.bytes());
        return json.put("end", account.isEndKnown() ? "known" : "unknown");
    }

    private ObjectNode rest() {
        final TraceAccount account = report.account();
        final ObjectNode json = object();
        json.put("consistent", account.isConsistent());
        final ObjectNode refused = json.putObject("refused");
        account.refused().forEach((cause, count) -> refused.put(cause.label(), count));
        if (account.refusedInStalls() > 0) {
            refused.put(TraceReport.CONSUMER_STALLED, account.refusedInStalls());
        }
        json.put("batches", account.batches());
        json.put("blocked_ns", account.blockedNs());
        json.put("duration_ns", report.durationNs());
        return json.put("percentile_error", TraceReport.PERCENTILE_ERROR);
    }

    private static ObjectNode stall(final TargetTrace target, final StallInfo stall) {
        final ObjectNode node = object();
        node.put("target", target.index());
        node.put("begin", stall.beginRealtimeNs());
        node.put("end", stall.endRealtimeNs());
        node.put("duration_ns", stall.durationNs());
        node.put("refused", stall.refusedTotal());
        final ArrayNode rings = node.putArray("rings");
        stall.refused().forEach((ring, count) -> rings.addObject().put("ring", ring).put("refused", count));
        return node;
    }

    /** The clock of all targets together has the greatest error; {@code clocks} has each by itself. */
    private static ObjectNode clock(final List<TargetTrace> targets) {
        final Set<String> kinds = new TreeSet<>();
        targets.forEach(target -> kinds.add(Clock.name(target.info().clockKind())));
        final ObjectNode json = object();
        json.putObject("clock").put("kind", String.join(",", kinds))
            .put("why", targets.size() == 1 ? targets.get(0).info().clockWhy() : "")
            .put("error_ns", targets.stream().mapToLong(TargetTrace::clockErrorNs).max().orElse(0));
        return json;
    }

    private static ObjectNode clock(final TargetTrace target) {
        return object().put("target", target.index()).put("kind", Clock.name(target.info().clockKind()))
            .put("why", target.info().clockWhy()).put("error_ns", target.clockErrorNs());
    }

    private static ObjectNode clockBreak(final ClockBreak found) {
        return object().put("target", found.target()).put("kind", found.kind().label())
            .put("time", WallTime.format(found.realtimeNs())).put("size_ns", found.sizeNs())
            .put("rate_change", found.rateChange()).put("monotonic_ns", found.monotonicNs())
            .put("within_ns", found.withinNs()).put("ambiguity_ns", found.ambiguityNs());
    }

    private static ObjectNode clockStep(final ClockStep step) {
        return object().put("target", step.target())
            .put("time_before", WallTime.format(step.realtimeBeforeNs()))
            .put("time_after", WallTime.format(step.realtimeAfterNs())).put("step_ns", step.sizeNs())
            .put("monotonic_ns", step.monotonicNs()).put("within_ns", step.withinNs());
    }

    private static ObjectNode gap(final SequenceGap gap) {
        return object().put("target", gap.target()).put("ring", gap.ring())
            .put("first_sequence", gap.firstSequence()).put("last_sequence", gap.lastSequence())
            .put("events", gap.events()).put("overwritten", gap.overwritten());
    }

    private static ObjectNode error(final TargetTrace target, final DistinctError error) {
        return object().put("target", target.index()).put("count", error.count())
            .put("first", WallTime.format(TimeUnit.MILLISECONDS.toNanos(error.firstMs())))
            .put("last", WallTime.format(TimeUnit.MILLISECONDS.toNanos(error.lastMs()))).put("text", error.text());
    }

    private ObjectNode event(final EventStatistics event) {
        final ObjectNode node = object();
        node.put("name", event.schema().name());
        node.put("count", event.count());
        node.put("target", event.target().index());
        node.put("pid", event.target().info().pid());
        node.put("rate", report.rate(event));
        final ArrayNode fields = node.putArray("fields");
        event.fields().forEach(field -> fields.add(field(field)));
        return node;
    }

    private static ObjectNode field(final FieldStatistics field) {
        final ObjectNode node = object();
        node.put("name", field.field().name());
        node.put("type", field.field().type().name().toLowerCase(Locale.ROOT));
        node.put("of", field.of());
        put(node, "sum", field, field.sum());
        put(node, "min", field, field.min());
        put(node, "max", field, field.max());
        put(node, "p50", field, field.quantile(0.5));
        put(node, "p90", field, field.quantile(0.9));
        put(node, "p99", field, field.quantile(0.99));
        put(node, "p999", field, field.quantile(0.999));
        if (field.nanCount() > 0) {
            node.put("nan", field.nanCount());
        }
        final Map<String, Long> values = field.valueCounts();
        if (!values.isEmpty()) {
            final ObjectNode counts = node.putObject("values");
            values.forEach(counts::put);
        }
        return node;
    }

    /** Of an enum the label; its sum would mean nothing. */
    private static void put(final ObjectNode node, final String key, final FieldStatistics field,
        final Number number) {
        if (number == null) {
            node.putNull(key);
        } else if (field.field().type().isEnum()) {
            node.put(key, field.label(number));
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
}
