// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.ring.Clock;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.read.ClockBreak;
import dev.sluice.store.read.ClockStep;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.text.WallTime;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Lays a report out as JSON. Keys are stable: later versions add some. For one thread. */
final class TraceReportJson {
    private final TraceReport report;
    private final ObjectNode json = JsonNodeFactory.instance.objectNode();

    TraceReportJson(final TraceReport report) {
        this.report = report;
        account();
        final ArrayNode events = json.putArray("events");
        report.events().forEach(event -> events.add(event(event)));
        rest();
        stalls();
        clocks();
        clockBreaks();
        clockSteps();
        gaps();
        errors();
        TraceDamageText.addTo(json, report.reader());
    }

    ObjectNode toJson() {
        return json;
    }

    private void account() {
        final TraceAccount account = report.account();
        json.put("fired", account.fired());
        json.put("stored", account.stored());
        json.put("discarded", account.discarded());
        json.put("overwritten", account.overwritten());
        final ObjectNode lost = json.putObject("lost");
        account.lost().forEach(lost::put);
        json.put("traps", account.traps());
        json.put("bytes", report.bytes());
        json.put("end", account.isEndKnown() ? "known" : "unknown");
    }

    private void rest() {
        final TraceAccount account = report.account();
        json.put("consistent", account.isConsistent());
        final ObjectNode refused = json.putObject("refused");
        account.refused().forEach((cause, count) -> refused.put(cause.label(), count));
        if (account.refusedInStalls() > 0) {
            refused.put(TraceReport.CONSUMER_STALLED, account.refusedInStalls());
        }
        json.put("batches", account.batches());
        json.put("blocked_ns", account.blockedNs());
        json.put("duration_ns", report.durationNs());
        json.put("percentile_error", TraceReport.PERCENTILE_ERROR);
    }

    private void stalls() {
        final ArrayNode stalls = json.putArray("stalls");
        report.reader().targets().forEach(target -> target.stalls().forEach(stall -> stalls.add(stall(target, stall))));
    }

    private static ObjectNode stall(final TargetTrace target, final StallInfo stall) {
        final ObjectNode node = JsonNodeFactory.instance.objectNode();
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
    private void clocks() {
        final List<TargetTrace> targets = report.reader().targets();
        final Set<String> kinds = new TreeSet<>();
        targets.forEach(target -> kinds.add(Clock.name(target.info().clockKind())));
        json.putObject("clock").put("kind", String.join(",", kinds))
            .put("why", targets.size() == 1 ? targets.get(0).info().clockWhy() : "")
            .put("error_ns", targets.stream().mapToLong(TargetTrace::clockErrorNs).max().orElse(0));
        final ArrayNode clocks = json.putArray("clocks");
        targets.forEach(target -> clocks.addObject().put("target", target.index())
            .put("kind", Clock.name(target.info().clockKind())).put("why", target.info().clockWhy())
            .put("error_ns", target.clockErrorNs()));
    }

    private void clockBreaks() {
        final ArrayNode breaks = json.putArray("clock_breaks");
        for (final ClockBreak found : report.clockBreaks()) {
            breaks.addObject().put("target", found.target()).put("kind", found.kind().label())
                .put("time", WallTime.format(found.realtimeNs())).put("size_ns", found.sizeNs())
                .put("rate_change", found.rateChange()).put("monotonic_ns", found.monotonicNs())
                .put("within_ns", found.withinNs()).put("ambiguity_ns", found.ambiguityNs());
        }
    }

    private void clockSteps() {
        final ArrayNode steps = json.putArray("clock_steps");
        for (final ClockStep step : report.clockSteps()) {
            steps.addObject().put("target", step.target())
                .put("time_before", WallTime.format(step.realtimeBeforeNs()))
                .put("time_after", WallTime.format(step.realtimeAfterNs())).put("step_ns", step.sizeNs())
                .put("monotonic_ns", step.monotonicNs()).put("within_ns", step.withinNs());
        }
    }

    private void gaps() {
        final ArrayNode gaps = json.putArray("gaps");
        report.reader().gaps().forEach(gap -> gaps.addObject().put("target", gap.target()).put("ring", gap.ring())
            .put("first_sequence", gap.firstSequence()).put("last_sequence", gap.lastSequence())
            .put("events", gap.events()).put("overwritten", gap.overwritten()));
    }

    private void errors() {
        final ArrayNode errors = json.putArray("errors");
        report.reader().targets().forEach(target -> target.errors().forEach(error -> errors.addObject()
            .put("target", target.index()).put("count", error.count())
            .put("first", WallTime.format(TimeUnit.MILLISECONDS.toNanos(error.firstMs())))
            .put("last", WallTime.format(TimeUnit.MILLISECONDS.toNanos(error.lastMs()))).put("text", error.text())));
    }

    private ObjectNode event(final EventStatistics event) {
        final ObjectNode node = JsonNodeFactory.instance.objectNode();
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
        final ObjectNode node = JsonNodeFactory.instance.objectNode();
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
