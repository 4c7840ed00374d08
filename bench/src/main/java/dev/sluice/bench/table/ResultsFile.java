// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.bench.measure.BatchModel;
import dev.sluice.bench.measure.Median;
import dev.sluice.bench.turn.Turn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file of results. What a comparison needs of it is read back.
 *
 * @param environment what is known of the machine
 * @param rounds      of each way that was measured, the ns of an event in each round; NaN where it failed
 */
record ResultsFile(Map<String, String> environment, Map<String, double[]> rounds) {
    private static final String NS = "ns_per_event";

    /** Writes all of a run. */
    static void write(final Path file, final PathResults results, final List<PathTargets.Target> targets,
                      final List<SweepResult> sweeps, final Environment environment) throws IOException {
        final ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        final ObjectNode root = mapper.createObjectNode();
        final ObjectNode machine = root.putObject("environment");
        environment.facts().forEach(machine::put);
        environment.mitigations().forEach(machine.putObject("mitigations")::put);
        root.put("rounds", results.rounds()).put("seed", results.seed());
        final ArrayNode paths = root.putArray("paths");
        results.rows().forEach(row -> write(paths.addObject(), row, results));
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
        }
        final ArrayNode swept = root.putArray("sweeps");
        sweeps.forEach(sweep -> write(swept.addObject(), sweep));
        mapper.writeValue(file.toFile(), root);
    }

    private static void write(final ObjectNode node, final SweepResult result) {
        node.put("name", result.sweep().name()).put("what", result.sweep().what()).put("axis", result.sweep().axis());
        final ArrayNode points = node.putArray("points");
        for (final Sweep.Point point : result.sweep().points()) {
            write(points.addObject().put("series", point.series()).put("x", point.x()), result.row(point),
                result.results());
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

    private static void write(final ObjectNode node, final PathResult row, final PathResults results) {
        node.put("name", row.name()).put("what", row.what()).put("rival", row.isRival());
        if (!row.isMeasured()) {
            node.put("reason", row.reason());
            return;
        }
        final Median ns = row.ns();
        node.put(NS, ns.value()).put("low", ns.low()).put("high", ns.high());
        results.over(row.name(), Catalogue.NOTHING).ifPresent(over -> node.put("ns_over_nothing", over.value()));
        if (!Double.isNaN(row.bytes())) {
            node.put("bytes_per_event", row.bytes());
        }
        node.put("fired", row.fired());
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
        final Map<String, double[]> rounds = new LinkedHashMap<>();
        for (final JsonNode path : root.get("paths")) {
            final JsonNode turns = path.path("rounds");
            final double[] ns = new double[turns.size()];
            for (int i = 0; i < ns.length; i++) {
                ns[i] = turns.get(i).path(NS).asDouble(Double.NaN);
            }
            if (ns.length > 0) {
                rounds.put(path.path("name").asText(), ns);
            }
        }
        return new ResultsFile(environment, rounds);
    }
}
