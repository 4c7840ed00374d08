// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.bench.entry.Catalogue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The few figures of a file of results that stand in a text, as a block of Markdown between two marks. Stateless. */
final class MarkdownTable {
    /** What the block begins with; the file's name follows. */
    static final String BEGIN = "<!-- made by 'sluice bench table' of ";
    /** The same of one of targets. */
    static final String BEGIN_TARGETS = "<!-- made by 'sluice bench table --targets' of ";
    /** What it ends with. */
    static final String END = "<!-- end of the table -->";
    private static final double HUNDRED = 100;
    private static final List<Column> COLUMNS = List.of(new Column("drained", Catalogue.OWNER),
        new Column("stored", Catalogue.OWNER_STORED), new Column("JFR", Catalogue.JFR),
        new Column("LTTng-UST, C", Catalogue.LTTNG_C), new Column("Log4j 2", "log4j"),
        new Column("trap, optimised", Catalogue.TRAP_OPTIMISED), new Column("trap, int3", Catalogue.TRAP_NOP1));

    private MarkdownTable() {
    }

    /**
     * A column.
     *
     * @param heading of it
     * @param way     of which it is
     */
    private record Column(String heading, String way) {
    }

    /**
     * The block of a file.
     *
     * @param name of the file, as the text's readers find it
     * @throws IOException if the file cannot be read, or lacks what others are set against
     */
    static String of(final Path results, final String name) throws IOException {
        final JsonNode root = new ObjectMapper().readTree(results.toFile());
        if (Double.isNaN(over(root, Catalogue.OWNER))) {
            throw new IOException(results + " has no figure of " + Catalogue.OWNER + " over " + Catalogue.NOTHING
                + ": measure both");
        }
        final List<String> heads = new ArrayList<>(List.of("ns an event"));
        final List<String> wall = new ArrayList<>(List.of("on the wall"));
        final List<String> processor = new ArrayList<>(List.of("of the thread's processor time"));
        final List<String> missing = new ArrayList<>();
        for (final Column column : COLUMNS) {
            final double over = over(root, column.way());
            if (Double.isNaN(over)) {
                missing.add(column.heading());
            } else {
                heads.add(column.heading());
                wall.add(number(over));
                processor.add(number(firing(root, column.way()) - firing(root, Catalogue.NOTHING)));
            }
        }
        return String.join("\n", BEGIN + name + " -->", line(heads), "|" + "---|".repeat(heads.size()), line(wall),
            line(processor), "", caption(root) + (missing.isEmpty() ? "" : " Not measured: "
                + String.join("; ", missing) + ".") + " " + END) + "\n";
    }

    /**
     * The block of the targets of some files of results, a column for each file.
     *
     * @param names of the files, as the text's readers find them
     * @throws IOException if a file cannot be read, has no targets, or does not say where and how they are judged
     */
    static String ofTargets(final List<Path> results, final List<String> names) throws IOException {
        final List<JsonNode> roots = new ArrayList<>();
        final List<Map<String, double[]>> fastest = new ArrayList<>();
        final List<String> heads = new ArrayList<>(List.of("", "target"));
        // A target with another bound in another file is another one.
        final Set<List<String>> rows = new LinkedHashSet<>();
        for (final Path file : results) {
            final JsonNode root = new ObjectMapper().readTree(file.toFile());
            if (root.path("targets").isEmpty()) {
                throw new IOException(file + " has no targets: it is no file of results");
            }
            for (final JsonNode target : root.get("targets")) {
                if (!root.path("environment").isObject() || !target.path("at_least").isBoolean()) {
                    throw new IOException(file + " does not say where it was measured, or of each target whether it"
                        + " is a least or a greatest value, as results have done for a while: measure it again");
                }
                rows.add(row(target));
            }
            heads.add("kernel's clock source " + root.path("environment").path("clock_source").asText("unknown"));
            roots.add(root);
            fastest.add(ResultsFile.rounds(root));
        }
        final List<String> lines = new ArrayList<>(List.of(BEGIN_TARGETS + String.join(" ", names) + " -->",
            line(heads), "|" + "---|".repeat(heads.size())));
        for (final List<String> row : rows) {
            final List<String> cells = new ArrayList<>(row);
            for (int i = 0; i < roots.size(); i++) {
                String cell = "not among its targets";
                for (final JsonNode target : roots.get(i).get("targets")) {
                    cell = row(target).equals(row) ? outcome(target, roots.get(i), fastest.get(i)) : cell;
                }
                cells.add(cell);
            }
            lines.add(line(cells));
        }
        lines.add("");
        for (int i = 0; i < roots.size(); i++) {
            lines.add("- " + names.get(i) + ": " + run(roots.get(i)) + "." + (i == roots.size() - 1 ? " " + END : ""));
        }
        return String.join("\n", lines) + "\n";
    }

    /** What a target is known by: its name and its bound. */
    private static List<String> row(final JsonNode target) {
        return List.of(target.path("name").asText(),
            (target.path("at_least").asBoolean() ? "at least " : "at most ") + target.path("target").asText());
    }

    private static String outcome(final JsonNode target, final JsonNode root, final Map<String, double[]> rounds) {
        if (!target.path("measured").isNumber()) {
            return "not measured";
        }
        final String interval = target.path("rounds").asInt() < 2 ? ""
            : String.format(Locale.ROOT, " [%.2f, %.2f]", target.path("low").asDouble(),
                target.path("high").asDouble());
        final double undisturbed =
            target.path("undisturbed").asDouble(PathTargets.undisturbed(target.path("name").asText(), rounds));
        final double bound = target.path("target").asDouble();
        final boolean isMetThen = target.path("at_least").asBoolean() ? undisturbed >= bound : undisturbed <= bound;
        final String mark = rounds(target, root) < PathTargets.ENOUGH ? "?" : "";
        return String.format(Locale.ROOT, "%.2f%s%s, %s", target.path("measured").asDouble(), interval,
            Double.isNaN(undisturbed) ? "" : String.format(Locale.ROOT, " (undisturbed %.2f)", undisturbed),
            target.path("pass").asBoolean() ? "met" + mark : "**missed" + mark + "**"
                + (isMetThen ? ", met in undisturbed turns only" : ""));
    }

    /** Of how many rounds a target's figure is. */
    private static int rounds(final JsonNode target, final JsonNode root) {
        final int rounds = target.path("rounds").asInt();
        // Older files have one figure of all rounds of what is allocated, and say one of it; no other target has that.
        final boolean isOfAll = rounds == 1 && target.path("name").asText().contains(" allocates");
        return isOfAll && !hasFailure(root) ? root.path("rounds").asInt() : rounds;
    }

    private static boolean hasFailure(final JsonNode root) {
        for (final JsonNode path : root.path("paths")) {
            for (final JsonNode turn : path.path("rounds")) {
                if (turn.has("failure")) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String caption(final JsonNode root) {
        return "Over the bare loop (" + run(root) + ").";
    }

    /** How and where it was measured. */
    private static String run(final JsonNode root) {
        final JsonNode machine = root.path("environment");
        final int rounds = root.path("rounds").asInt();
        return "`" + machine.path("command").asText() + "`: " + rounds
            + (rounds == 1 ? " round" : " rounds") + ", " + machine.path("processor").asText() + ", "
            + machine.path("processors").asText() + " processors, load "
            + machine.path("load").asText().split(" ")[0] + ", Linux "
            + machine.path("kernel").asText().split(" ")[0] + ", " + machine.path("java").asText() + ", clock "
            + machine.path("clock").asText();
    }

    private static double over(final JsonNode root, final String way) {
        return figure(root, way, "ns_over_nothing");
    }

    private static double firing(final JsonNode root, final String way) {
        return figure(root, way, "firing_processor_ns_per_event");
    }

    private static double figure(final JsonNode root, final String way, final String name) {
        for (final JsonNode row : root.path("paths")) {
            if (row.path("name").asText().equals(way)) {
                return row.path(name).asDouble(Double.NaN);
            }
        }
        return Double.NaN;
    }

    private static String number(final double value) {
        return Double.isNaN(value) ? "unknown" : String.format(Locale.ROOT, value < HUNDRED ? "%.1f" : "%,.0f", value);
    }

    private static String line(final List<String> cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    /**
     * A text with the block in place of the one that it has.
     *
     * @throws IOException if the text has no block of this kind, or more than one
     */
    static String into(final String text, final String block) throws IOException {
        final String mark = block.startsWith(BEGIN_TARGETS) ? BEGIN_TARGETS : BEGIN;
        final String other = block.startsWith(BEGIN_TARGETS) ? BEGIN : BEGIN_TARGETS;
        final int begin = text.indexOf(mark);
        final int end = text.indexOf(END, Math.max(0, begin));
        if (begin < 0 || end < 0 || text.indexOf(mark, begin + 1) >= 0) {
            throw new IOException("the text must have one line that begins with \"" + mark + "\", and behind it one"
                + " that ends with \"" + END + "\"" + (begin < 0 && text.contains(other)
                    ? "; it has the table of another kind, which begins with \"" + other + "\"" : ""));
        }
        return text.substring(0, begin) + block + text.substring(end + END.length()).replaceFirst("^\n", "");
    }
}
