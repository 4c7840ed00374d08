// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
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
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A program of 30 lines reads a trace with the jar that is published for that, and Jackson, and with no JVM flag. */
@OneJdk
@Timeout(600)
class StoreAloneTest {
    private static final List<String> JACKSON = List.of("jackson-core", "jackson-databind", "jackson-annotations");
    private static final Path TARGET = ChildProgram.root().resolve("dist/store/target");

    private static final int FIRST_THAT_FORBIDS = 23;

    @TempDir
    private Path directory;

    private static Path jar() throws IOException {
        try (Stream<Path> files = Files.list(TARGET)) {
            return files.filter(file -> file.getFileName().toString().matches("sluice-store-[0-9].*\\.jar")).findAny()
                .orElseThrow(() -> new AssertionError("no jar in " + TARGET + ": build dist/store first"));
        }
    }

    /** The published jar, and Jackson's from this test's class path. */
    private static String storeClassPath() throws IOException {
        final List<String> jackson = Stream.of(System.getProperty("java.class.path").split(":"))
            .filter(entry -> JACKSON.stream().anyMatch(name -> entry.matches(".*/" + name + "-[0-9][^/]*\\.jar")))
            .toList();
        assertThat(jackson).hasSameSizeAs(JACKSON);
        return jar() + ":" + String.join(":", jackson);
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
        try (ChildProgram child = ChildProgram.startJava(directory, List.of(), classPath,
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
    void shouldReadTheTraceOfTheDemoWhenNothingButTheStoresJarIsThereAndNoFlag() throws Exception {
        final String store = storeClassPath();
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

    @Test
    void shouldNameTheFlagWhenTheJdkForbidsWhatReadingNeeds() throws Exception {
        assumeTrue(Runtime.version().feature() >= FIRST_THAT_FORBIDS, "older JDKs do not forbid it");
        final String store = storeClassPath();
        try (ChildProgram child = ChildProgram.startJava(directory, List.of("--sun-misc-unsafe-memory-access=deny"),
            store + ":" + compile(store), List.of("CountEvents", directory.toString()))) {
            assertThat(child.awaitExit()).isEqualTo(1);
            assertThat(child.errors()).contains("TraceStoreException: no trace can be read in this JVM",
                "--add-exports java.base/jdk.internal.misc=ALL-UNNAMED");
        }
    }

    @Test
    void shouldHoldTheReadingPackagesAndTheirLicensesAloneWhenListed() throws IOException {
        try (JarFile jar = new JarFile(jar().toFile())) {
            assertThat(jar.stream().map(JarEntry::getName).filter(name -> name.endsWith(".class")))
                .contains("dev/sluice/store/read/TraceReader.class", "dev/sluice/store/export/ctf/CtfExporter.class",
                    "dev/sluice/shaded/agrona/UnsafeApi.class")
                .allMatch(name -> name.matches("dev/sluice/(ring|shaded/agrona|store)/.*"))
                .noneMatch(name -> name.matches("dev/sluice/store/(os|write)/.*"));
            assertThat(jar.stream().map(JarEntry::getName)).noneMatch(name -> name.startsWith("META-INF/services/"));
            assertThat(text(jar, "META-INF/LICENSE"))
                .isEqualTo(Files.readString(ChildProgram.root().resolve("LICENSE")));
            assertThat(text(jar, "META-INF/NOTICE")).contains("Agrona").doesNotContain("JNA");
            assertThat(jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name"))
                .isEqualTo("dev.sluice.store");
        }
    }

    @Test
    void shouldAskForJacksonAloneWhenDependedOn() throws IOException {
        final String pom = Files.readString(TARGET.resolve("published-pom.xml"));
        assertThat(pom).contains("<artifactId>sluice-store</artifactId>", "Apache-2.0").doesNotContain("<parent>");
        final List<String> dependencies = Pattern.compile("<dependency>.*?</dependency>", Pattern.DOTALL).matcher(pom)
            .results().map(MatchResult::group).toList();
        assertThat(dependencies).hasSize(1);
        assertThat(dependencies.get(0)).contains("<artifactId>jackson-databind</artifactId>");
    }

    private static String text(final JarFile jar, final String name) throws IOException {
        assertThat(jar.getEntry(name)).as(name).isNotNull();
        return new String(jar.getInputStream(jar.getEntry(name)).readAllBytes(), StandardCharsets.UTF_8);
    }
}
