// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.forged;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.store.export.ExportFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Reads a trace by every command that reads traces, in JVMs that are watched. A command ends with a result or with an
 * error of its own, whatever the trace. For one thread.
 */
final class ReadingCommands implements AutoCloseable {
    /** The commands that are run; a test compares them with those that there are. */
    static final Set<String> NAMES = Set.of("report", "print", "tail", "diff", "export", "sql", "replay", "snapshot",
        "salvage");

    /** Of any length: names of fields are as long as the traced program likes. */
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder().streamReadConstraints(
        StreamReadConstraints.builder().maxNameLength(Integer.MAX_VALUE).maxStringLength(Integer.MAX_VALUE)
            .maxDocumentLength(-1).build()).build());
    private static final boolean IS_LONG = Boolean.getBoolean("sluice.long");
    /** Ways of reading a trace outside the long profile, beside report, print and salvage. */
    private static final int SHARE = 2;
    /** So many traces are replayed by one process that has probes, as it takes a new JVM. */
    private static final int USDT_EVERY = 50;
    private static final int MOST_VIEWS = 4;
    /** What DuckDB does with a forged trace has to fit in. */
    private static final String SQL_MEMORY = "64M";
    /** The first way of the next trace, also when another scene reads it. For the one thread of a test JVM. */
    private static int next;

    /** One way of reading a trace. */
    private interface Way {
        void read(String name, Path trace) throws Exception;
    }

    /** In front of the reading JVM's command line. */
    private final List<String> wrapper;
    private final Path temp;
    private final Path region;
    private final Path output;
    private final List<Way> ways = new ArrayList<>();
    private ReadingChild child;
    /** Commands that load DuckDB have a JVM of their own: what it takes would hide what the others take. */
    private ReadingChild database;
    private int traces;
    private long peakKib;

    /**
     * Begins with nothing read.
     *
     * @param region what a killed program has left, for salvage
     */
    ReadingCommands(final Path temp, final Path region, final List<String> wrapper) throws IOException {
        this.wrapper = wrapper;
        this.temp = temp;
        this.region = region;
        output = temp.resolve("output");
        for (final ExportFormat format : ExportFormat.values()) {
            ways.add((name, trace) -> {
                final ReadingChild by = format == ExportFormat.PARQUET ? database : child;
                assertThat(export(by, name, trace, format).status()).as(name).isIn(0, 1, 3);
            });
        }
        ways.add(this::query);
        ways.add(this::replay);
        ways.add(this::diff);
        ways.add(this::tail);
        ways.add(this::snapshot);
        start();
    }

    private void start() throws IOException {
        child = new ReadingChild(temp, wrapper);
        database = new ReadingChild(temp, wrapper);
    }

    /** The JVM that runs commands without a database. */
    ReadingChild child() {
        return child;
    }

    /** After a fault. */
    void restart() throws IOException {
        close();
        start();
        ForgedScene.deleteTree(output);
    }

    /** Reads a trace; returns the report, or null if the trace was refused. */
    JsonNode readAll(final String name, final Path trace) throws Exception {
        traces++;
        final String directory = trace.toString();
        final ReadingChild.Result json = child.run(name, "report", directory, "--json");
        final ReadingChild.Result text = child.run(name, "report", directory);
        assertThat(text.status()).as(name + text.err()).isEqualTo(json.status()).isIn(0, 1, 3);
        assertThat(child.run(name, "print", directory).status()).as(name).isIn(0, 1, 3);
        requireJson(child.run(name, "print", directory, "--json"));
        for (final Way way : share()) {
            way.read(name, trace);
            ForgedScene.deleteTree(output);
        }
        salvage(name, trace);
        if (json.status() == 1) {
            assertThat(json.err()).as(name).startsWith("sluice report: ");
            return null;
        }
        return MAPPER.readTree(json.out());
    }

    /** The same of a trace that changes meanwhile, of which every command sees another. */
    void readAnyhow(final String name, final Path trace) throws Exception {
        traces++;
        for (final String command : List.of("report", "print")) {
            assertThat(child.run(name, command, trace.toString()).status()).as(name).isIn(0, 1, 3);
            assertThat(child.run(name, command, trace.toString(), "--json").status()).as(name).isIn(0, 1, 3);
        }
        for (final Way way : share()) {
            way.read(name, trace);
            ForgedScene.deleteTree(output);
        }
        child.run(name, "salvage", region.toString(), "--trace", trace.toString(), "-o", output.toString());
        ForgedScene.deleteTree(output);
    }

    /** The ways that a trace is read in: all in the long profile, else two, which change from trace to trace. */
    private List<Way> share() {
        if (IS_LONG) {
            return ways;
        }
        next += SHARE;
        return IntStream.range(next - SHARE, next).mapToObj(i -> ways.get(i % ways.size())).toList();
    }

    private static void requireJson(final ReadingChild.Result result) throws IOException {
        for (final String line : result.out().lines().toList()) {
            MAPPER.readTree(line);
        }
    }

    private ReadingChild.Result export(final ReadingChild by, final String name, final Path trace,
        final ExportFormat format) throws Exception {
        return by.run(name, "export", trace.toString(), "--format", format.toString(), "-o", output.toString());
    }

    /** All views, and those of some tracepoints, whose names the trace chooses. */
    private void query(final String name, final Path trace) throws Exception {
        final ReadingChild.Result tracepoints = query(name, trace, "from tracepoints");
        final StringBuilder all =
            new StringBuilder("from account; from losses; from stalls; from targets; from threads");
        for (final String line : tracepoints.out().lines().limit(MOST_VIEWS).toList()) {
            all.append("; from ").append(MAPPER.readTree(line).get("view").asText());
        }
        // A command of the reading JVM is one line of words that tabs separate.
        if (all.chars().noneMatch(c -> c == '\n' || c == '\r' || c == '\t')) {
            query(name, trace, all.toString());
        }
    }

    private ReadingChild.Result query(final String name, final Path trace, final String query) throws Exception {
        final ReadingChild.Result result =
            database.run(name, "sql", trace.toString(), "--json", "--memory", SQL_MEMORY, query);
        assertThat(result.status()).as(name + result.err()).isIn(0, 1, 3);
        requireJson(result);
        return result;
    }

    private void replay(final String name, final Path trace) throws Exception {
        final ReadingChild.Result lines = child.run(name, "replay", trace.toString(), "--speed", "max");
        assertThat(lines.status()).as(name + lines.err()).isIn(0, 1, 3);
        requireJson(lines);
        if (traces % USDT_EVERY == 1) {
            // What it declares stays declared: the next trace would contradict it.
            try (ReadingChild probes = new ReadingChild(temp, wrapper)) {
                assertThat(probes.run(name, "replay", trace.toString(), "--speed", "max", "--to", "usdt",
                    "--wait-for-tracer", "1ms", "--settle", "1ms").status()).as(name).isIn(0, 1, 3);
                peakKib = Math.max(peakKib, probes.peakKib());
            }
        }
    }

    /** As if it were recorded, by somebody who writes nothing. */
    private void tail(final String name, final Path trace) throws Exception {
        final ReadingChild.Result lines =
            child.run(name, "tail", trace.toString(), "--json", "--patience", "1ms", "--hold", "1ms");
        assertThat(lines.status()).as(name + lines.err()).isIn(0, 1, 3);
        requireJson(lines);
    }

    /** A trace beside itself. */
    private void diff(final String name, final Path trace) throws Exception {
        final ReadingChild.Result result =
            child.run(name, "diff", trace.toString(), trace.toString(), "--json", "--resamples", "1000");
        assertThat(result.status()).as(name + result.err()).isIn(0, 1, 3);
        requireJson(result);
        assertThat(child.run(name, "diff", trace.toString(), trace.toString()).status()).as(name).isIn(0, 1, 3);
    }

    /** As if a flight recorder had left it. */
    private void snapshot(final String name, final Path trace) throws Exception {
        final ReadingChild.Result result =
            child.run(name, "snapshot", trace.toString(), "--last", "1s", "--json", "-o", output.toString());
        assertThat(result.status()).as(name + result.err()).isIn(0, 1, 3);
        requireJson(result);
        if (result.status() != 1) {
            assertThat(child.run(name, "report", output.toString()).status()).as("snapshot of " + name).isIn(0, 3);
        }
    }

    private void salvage(final String name, final Path trace) throws Exception {
        final ReadingChild.Result salvage =
            child.run(name, "salvage", region.toString(), "--trace", trace.toString(), "-o", output.toString());
        assertThat(salvage.status()).as(name).isIn(0, 1, 3);
        if (salvage.status() != 1) {
            assertThat(child.run(name, "report", output.toString()).status()).as("salvaged " + name).isIn(0, 3);
        }
        ForgedScene.deleteTree(output);
    }

    @Override
    public String toString() {
        try {
            return traces + " forged traces, " + child + "; at most " + Math.max(peakKib, child.peakKib()) + " KiB; "
                + "with DuckDB " + database + "; at most " + database.peakKib() + " KiB";
        } catch (final IOException e) {
            return traces + " forged traces, " + child + "; " + e;
        }
    }

    @Override
    public void close() {
        child.close();
        database.close();
    }
}
