// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.bench.entry.Catalogue;
import dev.sluice.bench.entry.Sweep;
import dev.sluice.bench.entry.WorkloadSweep;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.measure.BatchModel;
import dev.sluice.bench.measure.FireTimes;
import dev.sluice.bench.measure.HardwareCounts;
import dev.sluice.bench.measure.Median;
import dev.sluice.bench.turn.Turn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A file of results. What a comparison needs of it is read back.
 *
 * @param environment what is known of the machine
 * @param rounds      of each way that was measured, the ns of an event in each round's fastest iteration; NaN where it
 *                    failed
 * @param reasons     why a way has no figure at all; nothing of those that have one
 */
record ResultsFile(Map<String, String> environment, Map<String, double[]> rounds, Map<String, String> reasons) {
    private static final String NS = "ns_per_event";

    /** One in which every way has a figure. */
    ResultsFile(final Map<String, String> environment, final Map<String, double[]> rounds) {
        this(environment, rounds, Map.of());
    }

    /** Writes all of a run. */
    static void write(final Path file, final PathResults results, final List<PathTargets.Target> targets,
                      final List<SweepResult> sweeps, final Environment environment) throws IOException {
        final ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        final ObjectNode root = mapper.createObjectNode();
        environment.writeTo(root);
        root.put("rounds", results.rounds()).put("seed", results.seed());
        final ArrayNode paths = root.putArray("paths");
        results.rows().forEach(row -> write(paths.addObject(), row,
            results.over(row.name(), Catalogue.NOTHING)));
        final ArrayNode verdicts = root.putArray("targets");
        for (final PathTargets.Target target : targets) {
            final ObjectNode node = verdicts.addObject().put("name", target.name()).put("target", target.limit())
                .put("at_least", target.isAtLeast());
            if (target.measured() == null) {
                node.putNull("measured").putNull("pass");
            } else {
                node.put("measured", target.measured().value()).put("low", target.measured().low())
                    .put("high", target.measured().high()).put("rounds", target.measured().count())
                    .put("pass", target.isMet());
            }
            if (target.undisturbed() != null) {
                node.put("undisturbed", target.undisturbed().value())
                    .put("pass_undisturbed", target.isMet() || target.isMetUndisturbedOnly());
            }
        }
        final ArrayNode swept = root.putArray("sweeps");
        sweeps.forEach(sweep -> write(swept.addObject(), sweep));
        mapper.writeValue(file.toFile(), root);
    }

    private static void write(final ObjectNode node, final SweepResult result) {
        node.put("name", result.sweep().name()).put("what", result.sweep().what()).put("axis", result.sweep().axis());
        final ArrayNode points = node.putArray("points");
        for (final Sweep.Point point : result.sweep().points()) {
            final ObjectNode one = points.addObject().put("series", point.series()).put("x", point.x())
                .put("base", point.isBase());
            write(one, result.row(point), result.over(point));
            result.eventsPerSecond(point).ifPresent(rate -> one.put("events_per_second", rate));
            if (result.isOfLosses()) {
                result.lostShare(point).ifPresent(share -> one.put("lost_share", share.value())
                    .put("lost_share_low", share.low()).put("lost_share_high", share.high()));
            }
            if (result.sweep().name().equals(WorkloadSweep.NAME)) {
                result.timesBase(point).ifPresent(ratio -> one.put("times_untraced", ratio.value())
                    .put("times_untraced_low", ratio.low()).put("times_untraced_high", ratio.high()));
            }
            final FireTimes times = result.row(point).times();
            if (!times.isNone()) {
                FireTimesJson.write(one.putObject("fires"), times);
            }
        }
        result.model().ifPresent(model -> {
            final ObjectNode fitted = node.putObject("model").put("turns", model.turns());
            write(fitted.putObject("trap_ns"), model.trapNs());
            write(fitted.putObject("event_ns"), model.eventNs());
        });
        final ArrayNode wins = node.putArray("wins");
        for (final SweepResult.Win win : result.wins()) {
            final ObjectNode one = wins.addObject().put("over", win.trap()).put(NS, win.trapNs().value());
            if (win.measured().isPresent()) {
                one.put("from_events", win.measured().getAsInt());
            }
            if (Double.isFinite(win.model())) {
                one.put("from_events_by_model", win.model());
            }
        }
    }

    private static void write(final ObjectNode node, final BatchModel.Estimate estimate) {
        node.put("value", estimate.value()).put("low", estimate.low()).put("high", estimate.high());
    }

    private static void write(final ObjectNode node, final PathResult row, final Optional<Median> overNothing) {
        node.put("name", row.name()).put("what", row.what()).put("rival", row.isRival());
        if (!row.isMeasured()) {
            node.put("reason", row.reason());
            return;
        }
        final Median ns = row.ns();
        node.put(NS, ns.value());
        if (row.hasInterval()) {
            node.put("low", ns.low()).put("high", ns.high());
        }
        if (row.hasFailed()) {
            node.put("failure", row.failure());
        }
        overNothing.ifPresent(over -> node.put("ns_over_nothing", over.value()));
        if (!Double.isNaN(row.bytes())) {
            node.put("bytes_per_event", row.bytes());
        }
        if (!Double.isNaN(row.firingBytes())) {
            node.put("firing_bytes_per_event", row.firingBytes());
        }
        if (!Double.isNaN(row.firingNs())) {
            node.put("firing_processor_ns_per_event", row.firingNs())
                .put("other_processor_ns_per_event", row.otherNs());
        }
        final HardwareCounts counts = row.counts();
        if (counts.isKnown()) {
            node.put("instructions_per_event", counts.instructions()).put("cycles_per_event", counts.cycles())
                .put("cache_misses_per_event", counts.cacheMisses());
        }
        if (!Double.isNaN(row.trapsPerMillion())) {
            node.put("traps_per_million_events", row.trapsPerMillion());
        }
        if (!Double.isNaN(row.storedBytes())) {
            node.put("stored_bytes_per_event", row.storedBytes());
        }
        node.put("stored_place", row.place().text()).put("fired", row.fired());
        if (row.isStoring()) {
            node.put("stored", row.fired() - row.lost()).put("lost", row.lost())
                .put("counted", row.measured().get(0).stored().means());
        }
        final ArrayNode turns = node.putArray("rounds");
        for (final Turn turn : row.turns()) {
            final ObjectNode one = turns.addObject();
            if (turn.hasFailed()) {
                one.put("failure", turn.failure());
            } else {
                if (turn.stored().events() != Stored.NOTHING) {
                    one.put("fired", turn.fired()).put("stored", turn.stored().events())
                        .put("counted", turn.stored().means()).put("stored_bytes", turn.stored().bytes());
                }
                final ArrayNode iterations = one.put(NS, turn.median()).putArray("iterations");
                turn.ns().forEach(iterations::add);
            }
        }
    }

    /**
     * Reads a file.
     *
     * @throws IOException if it cannot be read, or is no file of results
     */
    static ResultsFile read(final Path file) throws IOException {
        final JsonNode root = new ObjectMapper().readTree(file.toFile());
        if (root == null || !root.path("paths").isArray() || !root.path("environment").isObject()) {
            throw new IOException(file + " has no results of 'sluice bench': it has no paths and no environment");
        }
        final Map<String, String> environment = new LinkedHashMap<>();
        root.get("environment").properties().forEach(field -> {
            if (field.getValue().isTextual()) {
                environment.put(field.getKey(), field.getValue().asText());
            }
        });
        root.get("environment").path(Environment.MITIGATIONS).properties().forEach(flaw ->
            environment.put("mitigation of " + flaw.getKey(), flaw.getValue().asText()));
        final Map<String, double[]> rounds = rounds(root);
        final Map<String, String> reasons = new LinkedHashMap<>();
        boolean hasRounds = root.get("paths").isEmpty();
        for (final JsonNode path : root.get("paths")) {
            final String name = path.path("name").asText();
            if (!rounds.containsKey(name)) {
                reasons.put(name, path.path("reason").asText("it has no figure of any round"));
            }
            hasRounds |= path.has("rounds") || path.has("reason");
        }
        if (!hasRounds) {
            throw new IOException(file + " has paths without rounds, as what --jmh measures: it is not compared");
        }
        return new ResultsFile(environment, rounds, reasons);
    }

    /** Of each way that was measured, what {@link #rounds()} has, of the text of any kind of run. */
    static Map<String, double[]> rounds(final JsonNode root) {
        final Map<String, double[]> rounds = new LinkedHashMap<>();
        for (final JsonNode path : root.path("paths")) {
            final JsonNode turns = path.path("rounds");
            final double[] ns = new double[turns.size()];
            for (int i = 0; i < ns.length; i++) {
                ns[i] = fastest(turns.get(i));
            }
            if (Arrays.stream(ns).anyMatch(value -> value > 0)) {
                rounds.put(path.path("name").asText(), ns);
            }
        }
        return rounds;
    }

    private static double fastest(final JsonNode turn) {
        double fastest = turn.path(NS).asDouble(Double.NaN);
        for (final JsonNode iteration : turn.path("iterations")) {
            fastest = Math.min(fastest, iteration.asDouble(Double.NaN));
        }
        return fastest;
    }
}
