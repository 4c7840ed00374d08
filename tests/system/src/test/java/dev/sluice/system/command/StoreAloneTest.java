// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.testsupport.ChildProgram;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program of 30 lines reads a trace with the store and what that needs, with no JNA, libbpf or consumer. */
class StoreAloneTest {
    private static final List<String> NEEDED =
        List.of("store", "ringbuffer", "agrona", "jackson-core", "jackson-databind", "jackson-annotations");
    private static final List<String> UNWANTED = List.of("com.sun.jna.Native", "net.openhft.chronicle.core.Jvm",
        "dev.sluice.bpf.LibBpf", "dev.sluice.consumer.record.Recorder", "dev.sluice.usdt.NativeCalls");

    @TempDir
    private Path directory;

    /** Of this test's class path, the store's jar or classes and those of its dependencies. */
    private static String storeClassPath() {
        final List<String> entries = Stream.of(System.getProperty("java.class.path").split(":"))
            .filter(entry -> NEEDED.stream().anyMatch(name -> entry.endsWith("/" + name + "/target/classes")
                || entry.matches(".*/" + name + "-[0-9][^/]*(?<!-tests)\\.jar")))
            .toList();
        assertThat(entries).hasSameSizeAs(NEEDED);
        return String.join(":", entries);
    }

    private Path compile(final String classPath) throws IOException {
        final Path source = directory.resolve("CountEvents.java");
        try (InputStream in = StoreAloneTest.class.getResourceAsStream("CountEvents.java")) {
            Files.copy(in, source);
        }
        assertThat(Files.readAllLines(source)).hasSizeLessThanOrEqualTo(30);
        final ByteArrayOutputStream messages = new ByteArrayOutputStream();
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, messages, messages, "--release", "17", "-cp",
            classPath, "-proc:none", "-d", directory.toString(), source.toString()))
            .as(messages.toString(StandardCharsets.UTF_8)).isZero();
        return directory;
    }

    /** Runs the demo without privileges; returns what it printed. */
    private JsonNode demo(final Path output) throws Exception {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-Dsluice.root=" + ChildProgram.root(),
            "-Dsluice.jvm.args.file=" + ChildProgram.launcherFlags().get(0).substring(1),
            "-Dsluice.target.classpath=" + System.getProperty("java.class.path")));
        try (ChildProgram demo = ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"),
            List.of("dev.sluice.cli.Main", "demo", "--mode", "shared", "--share", "1/500", "--json", "-o",
                output.toString()))) {
            assertThat(demo.awaitExit()).as(demo.errors()).isZero();
            return new ObjectMapper().readTree(demo.output());
        }
    }

    private Map<String, Long> counts(final String classPath, final Path trace) throws Exception {
        final List<String> flags = List.of("--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED");
        try (ChildProgram child = ChildProgram.startJava(directory, flags, classPath,
            List.of("CountEvents", trace.toString()))) {
            assertThat(child.awaitExit()).as(child.errors()).isZero();
            return child.output().lines().map(line -> line.split(" "))
                .collect(Collectors.toMap(words -> words[0], words -> Long.parseLong(words[1]), Long::sum,
                    TreeMap::new));
        }
    }

    private Map<String, Long> reported(final Path trace) throws Exception {
        try (ChildProgram report = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            System.getProperty("java.class.path"),
            List.of("dev.sluice.cli.Main", "report", trace.toString(), "--json"))) {
            assertThat(report.awaitExit()).as(report.errors()).isZero();
            final Map<String, Long> counts = new TreeMap<>();
            new ObjectMapper().readTree(report.output()).get("events").forEach(
                event -> counts.put(event.get("name").textValue(), event.get("count").longValue()));
            counts.values().removeIf(count -> count == 0);
            return counts;
        }
    }

    @Test
    void shouldReadTheTraceOfTheDemoWhenNothingButTheStoreIsThere() throws Exception {
        final String store = storeClassPath();
        for (final String unwanted : UNWANTED) {
            final String file = unwanted.replace('.', '/') + ".class";
            assertThat(StoreAloneTest.class.getClassLoader().getResource(file)).as(file).isNotNull();
            for (final String entry : store.split(":")) {
                assertThat(StoreAloneTest.class.getClassLoader().getResource(file).toString()).doesNotContain(entry);
            }
        }
        final JsonNode demo = demo(directory.resolve("demo"));
        final Path trace = Path.of(demo.get("trace").textValue());
        final Map<String, Long> counts = counts(store + ":" + compile(store), trace);
        long stored = 0;
        for (final JsonNode path : demo.get("paths")) {
            stored += path.get("path").textValue().equals("shared") ? path.get("stored").longValue() : 0;
        }
        assertThat(counts.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(stored).isPositive();
        assertThat(counts).isEqualTo(reported(trace));
    }
}
