// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.export.ctf.CtfExporter;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.JavapListing;
import dev.sluice.testsupport.OneJdk;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a stranger does: starts a program by hand with a plain class path and no flag, records it from another process,
 * and holds what is printed against programs that we did not write: javap and babeltrace2.
 */
@OneJdk
@Tag("kernel")
@Timeout(900)
class StrangerTest {
    private static final long TIMEOUT_S = 180;
    private static final int CLASSES = 10;
    private static final Pattern PARSED = Pattern.compile(
        ".* classes:parsed \\[.*] name=\"([^\"]*)\" bytes=(\\d+) methods=(\\d+)");
    private static final Pattern METHOD = Pattern.compile(
        ".* classes:method \\[.*] name=\"([^\"]*)\" descriptor_length=(\\d+) code_length=(\\d+)");
    private static final Pattern CONSTANT = Pattern.compile(".* classes:constant \\[.*] tag=(\\d+) length=(\\d+)");

    @TempDir
    private Path directory;

    /** A class as the printed events tell of it. */
    private static final class Printed {
        private final List<String> methods = new ArrayList<>();
        private final Map<Integer, Integer> constantsByTag = new TreeMap<>();
        private int bytes;
        private int methodCount;
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static String targetClassPath() {
        return Stream.of(System.getProperty("java.class.path").split(":"))
            .filter(entry -> Stream.of("samples", "usdt-bridge", "ringbuffer", "agrona", "jna")
                .anyMatch(part -> entry.contains("/" + part)))
            .collect(Collectors.joining(":"));
    }

    private Process startByHand(final String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(
            List.of(java(), "-cp", targetClassPath(), "dev.sluice.samples.Main"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectError(directory.resolve("sample.err").toFile()).start();
    }

    /** Runs the command in a JVM of its own, with the launcher's flags; returns its standard output in a file. */
    private Path sluice(final int expectedStatus, final String... arguments) throws Exception {
        final Path root = Path.of(System.getProperty("sluice.root"));
        final String flags = Runtime.version().feature() >= 24 ? "jvm-24.args" : "jvm-17.args";
        final List<String> command = new ArrayList<>(List.of(java(), "@" + root.resolve("config").resolve(flags),
            "-Dsluice.root=" + root, "-cp", System.getProperty("java.class.path"), "dev.sluice.cli.Main"));
        command.addAll(List.of(arguments));
        final Path out = Files.createTempFile(directory, "out", "");
        final Path err = Files.createTempFile(directory, "err", "");
        final Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile())
            .start();
        try {
            assertThat(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).as("%s ends", arguments[0]).isTrue();
            assertThat(process.exitValue()).as("%s: %s", arguments[0], Files.readString(err)).isEqualTo(expectedStatus);
        } finally {
            process.destroyForcibly();
        }
        return out;
    }

    private Path recordByHand() throws Exception {
        final Path trace = directory.resolve("trace");
        final Process sample = startByHand("jrt-scan", "--threads", "1", "--share", "1/40", "--wait");
        try (BufferedReader out = sample.inputReader()) {
            final String pid = out.readLine();
            assertThat(pid).matches("pid \\d+");
            awaitProvider(sample.pid());
            sluice(ExitStatus.OK, "record", "-p", Long.toString(sample.pid()), "--policy", "block", "-o",
                trace.toString());
            assertThat(sample.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
            assertThat(sample.exitValue()).isZero();
        } finally {
            sample.destroyForcibly();
        }
        return trace;
    }

    private void awaitProvider(final long pid) throws Exception {
        final long begin = System.nanoTime();
        while (!Files.readString(sluice(ExitStatus.OK, "list", "-p", Long.toString(pid))).contains("classes")) {
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(TIMEOUT_S));
        }
    }

    @Test
    void shouldPrintWhatJavapSaysWhenAHandStartedJvmIsRecorded() throws Exception {
        final Path trace = recordByHand();
        final Map<String, Printed> classes = new LinkedHashMap<>();
        Printed current = null;
        int files = 0;
        for (final String line : Files.readAllLines(sluice(ExitStatus.OK, "print", trace.toString()))) {
            final Matcher parsed = PARSED.matcher(line);
            final Matcher method = METHOD.matcher(line);
            final Matcher constant = CONSTANT.matcher(line);
            if (parsed.matches()) {
                current = new Printed();
                current.bytes = Integer.parseInt(parsed.group(2));
                current.methodCount = Integer.parseInt(parsed.group(3));
                // Every module has its module-info: names alone do not count files.
                classes.put(parsed.group(1), current);
                files++;
            } else if (method.matches()) {
                current.methods.add(method.group(1) + " " + method.group(2) + " " + method.group(3));
            } else if (constant.matches()) {
                current.constantsByTag.merge(Integer.parseInt(constant.group(1)), 1, Integer::sum);
            } else {
                throw new AssertionError("not understood: " + line);
            }
        }
        final List<String> chosen = classes.keySet().stream()
            .filter(name -> name.startsWith("java/util/") || name.startsWith("java/lang/")).limit(CLASSES).toList();
        assertThat(chosen).hasSize(CLASSES);
        for (final String name : chosen) {
            final Printed printed = classes.get(name);
            final JavapListing javap = JavapListing.of(name.replace('/', '.'));
            assertThat(printed.bytes).as(name).isEqualTo(javap.bytes());
            assertThat(printed.methodCount).as(name).isEqualTo(javap.methodCount());
            assertThat(printed.constantsByTag).as(name).isEqualTo(javap.constantsByTag());
            assertThat(printed.methods).as(name).isEqualTo(javap.methods());
        }
        checkBabeltrace(trace, files);
    }

    /** The packets of the recorded trace, copied out, are CTF that an independent reader takes without a warning. */
    private void checkBabeltrace(final Path trace, final int files) throws Exception {
        final Path ctf = directory.resolve("ctf");
        final List<Path> traces = new CtfExporter(TraceReader.open(trace)).export(ctf);
        assertThat(traces).hasSize(1);
        final Path out = directory.resolve("babeltrace.out");
        final Path err = directory.resolve("babeltrace.err");
        final Process babeltrace = new ProcessBuilder("babeltrace2", ctf.toString()).redirectOutput(out.toFile())
            .redirectError(err.toFile()).start();
        assertThat(babeltrace.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(err)).isEmpty();
        assertThat(babeltrace.exitValue()).isZero();
        final JsonNode report = new ObjectMapper().readTree(
            sluice(ExitStatus.OK, "report", "--json", trace.toString()).toFile());
        try (Stream<String> lines = Files.lines(out); Stream<String> again = Files.lines(out)) {
            assertThat(lines.count()).isEqualTo(report.get("stored").asLong()).isPositive();
            assertThat(again.filter(line -> line.contains("classes:parsed")).count()).isEqualTo(files);
        }
    }

    @Test
    void shouldStoreEveryEventAndMatchTheTruthWhenTheDemoRuns() throws Exception {
        final Path trace = directory.resolve("demo");
        final Path out = sluice(ExitStatus.OK, "demo", "--share", "1/3", "--trap-share", "1/100", "--json",
            "-o", trace.toString());
        final JsonNode json = new ObjectMapper().readTree(out.toFile());
        final Map<String, JsonNode> paths = new LinkedHashMap<>();
        json.get("paths").forEach(path -> paths.put(path.get("path").asText(), path));
        assertThat(paths.keySet()).containsExactly("untraced", "batch", "trap");
        for (final String name : List.of("batch", "trap")) {
            final JsonNode path = paths.get(name);
            assertThat(path.get("fired").asLong()).as(name).isPositive();
            assertThat(path.get("stored").asLong()).as(name).isEqualTo(path.get("fired").asLong());
            assertThat(path.get("discarded").asLong()).as(name).isZero();
            assertThat(path.get("lost").asLong()).as(name).isZero();
        }
        assertThat(paths.get("batch").get("traps").asLong() * 1000)
            .isLessThan(paths.get("batch").get("fired").asLong());
        assertThat(paths.get("trap").get("traps").asLong()).isEqualTo(paths.get("trap").get("fired").asLong());
        assertThat(Path.of(json.get("trace").asText())).isDirectory();
    }
}
