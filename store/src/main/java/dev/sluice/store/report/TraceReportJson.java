// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.store.clock.ClockBreak;
import dev.sluice.store.clock.ClockStep;
import dev.sluice.store.format.FirstCosts;
import dev.sluice.store.format.PaceInfo;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.read.SequenceGap;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.text.CommandText;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.WallTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Writes a report as JSON, piece by piece, so that it is never in memory as a whole. Keys are stable: later versions
 * only add some. For one thread.
 */
final class TraceReportJson {
    private final TraceReport report;
    private final ObjectNode more;

    TraceReportJson(final TraceReport report, final ObjectNode more) {
        this.report = report;
        this.more = more;
    }

    /** Takes the pieces in their order. */
    private interface Sink {
        /** Takes some keys with their values. */
        void fields(ObjectNode fields) throws IOException;

        /** Takes a key whose value is an array. The array's elements are made one by one. */
        void array(String key, Stream<ObjectNode> elements) throws IOException;
    }

    private void layOut(final Sink sink) throws IOException {
        final List<TargetTrace> targets = report.reader().targets();
        sink.fields(account());
        sink.array("events", report.events().stream().map(this::event));
        sink.fields(rest());
        sink.array("targets", targets.stream().map(this::target));
        sink.array("stalls",
            targets.stream().flatMap(target -> target.stalls().stream().map(stall -> stall(target, stall))));
        sink.array("selections", targets.stream().flatMap(target ->
            target.selections().stream().map(selection -> SelectionText.json(target, selection))));
        sink.array("receivers",
            targets.stream().filter(target -> target.pace().isPresent()).map(TraceReportJson::pace));
        sink.fields(clock(targets));
        sink.array("clocks", targets.stream().map(this::clock));
        sink.array("clock_breaks", report.clockBreaks().stream().map(TraceReportJson::clockBreak));
        sink.array("clock_steps", report.clockSteps().stream().map(TraceReportJson::clockStep));
        sink.array("gaps", report.reader().gaps().stream().map(TraceReportJson::gap));
        sink.array("errors",
            targets.stream().flatMap(target -> target.errors().stream().map(error -> error(target, error))));
        final ObjectNode damage = object();
        TraceDamageText.addTo(damage, report.reader());
        sink.fields(damage);
        sink.fields(more);
    }

    /** The whole report as a tree. */
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
            // Building a tree in memory cannot fail with an IOException.
            throw new UncheckedIOException(e);
        }
        return json;
    }

    /** Writes the whole report on one line, without characters that control a terminal. */
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
        json.put("end", account.isEndKnown() ? "known" : "unknown");
        return json.put("recording", !account.isEndKnown() && report.reader().isBeingRecorded());
    }

    private ObjectNode rest() {
        final TraceAccount account = report.account();
        final ObjectNode json = object();
        json.put("consistent", account.isConsistent());
        json.put("removed", account.removed());
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

    /** A target, and its own account. */
    private ObjectNode target(final TargetTrace target) {
        final TraceAccount account = report.account(target);
        final ObjectNode node = object();
        node.put("target", target.index()).put("pid", target.info().pid())
            .put("command", CommandText.brief(target.info().commandLine())).put("fired", account.fired())
            .put("stored", account.stored()).put("removed", account.removed()).put("discarded", account.discarded())
            .put("overwritten", account.overwritten());
        final ObjectNode lost = node.putObject("lost");
        account.lost().forEach(lost::put);
        node.put("consistent", account.isConsistent()).put("end", account.isEndKnown() ? "known" : "unknown")
            .put("why", target.end().map(end -> end.kind().label()).orElse(""));
        final FirstCosts first = target.firstCosts();
        if (first.isKnown()) {
            node.putObject("first_event").put("threads", first.threads()).put("most_ns", first.mostNs());
        }
        return node;
    }

    private static ObjectNode pace(final TargetTrace target) {
        final PaceInfo pace = target.pace().orElseThrow();
        return object().put("target", target.index()).put("wall_ns", pace.wallNs()).put("idle_ns", pace.idleNs())
            .put("processor_ns", pace.processorNs()).put("queued_ns", pace.queuedNs()).put("disk_ns", pace.diskNs())
            .put("short", TraceReport.wasShort(target) ? pace.shortage().name().toLowerCase(Locale.ROOT) : "nothing");
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

    /**
     * All targets together have the greatest error of any of their clocks; {@code clocks} lists each clock by itself.
     */
    private static ObjectNode clock(final List<TargetTrace> targets) {
        final Set<String> kinds = new TreeSet<>();
        targets.forEach(target -> kinds.add(Clock.name(target.info().clockKind())));
        final ObjectNode json = object();
        json.putObject("clock").put("kind", String.join(",", kinds))
            .put("why", targets.size() == 1 ? targets.get(0).info().clockWhy() : "")
            .put("error_ns", targets.stream().mapToLong(TargetTrace::clockErrorNs).max().orElse(0));
        return json;
    }

    private ObjectNode clock(final TargetTrace target) {
        final ObjectNode node = object();
        node.put("target", target.index()).put("kind", Clock.name(target.info().clockKind()))
            .put("why", target.info().clockWhy()).put("error_ns", target.clockErrorNs());
        final TimeWidths widths = report.widths(target);
        if (widths != null) {
            node.putObject("width_ns").put("events", widths.count()).put("zero", widths.exact())
                .put("p50", widths.quantile(0.5)).put("p90", widths.quantile(0.9)).put("p99", widths.quantile(0.99))
                .put("p99.9", widths.quantile(0.999)).put("max", widths.most()).put("unknown", widths.unknown());
            node.putObject("ticker").put("every", target.ticker().every())
                .put("late", target.ticker().lateCount());
        }
        return node;
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
        return object().put("target", gap.target()).put("ring", gap.stream().number())
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
        if (!event.schema().description().isEmpty()) {
            node.put("description", event.schema().description());
        }
        node.put("count", event.count());
        node.put("target", event.target().index());
        node.put("pid", event.target().info().pid());
        node.put("rate", report.rate(event));
        final ArrayNode fields = node.putArray("fields");
        event.fields().forEach(field -> fields.add(FieldFigures.json(field)));
        return node;
    }
}
