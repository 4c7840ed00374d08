// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's archive of the command's classes, in a checkout whose command is one small class. */
class ClassArchiveTest {
    private static final String MAIN = """
        package dev.sluice.cli;
        public final class Main {
            public static void main(final String[] arguments) {
                System.out.println("ran " + String.join(" ", arguments));
            }
        }
        """;

    /** It takes seconds of processor time, of which a busy machine has few. */
    private static final long TIMEOUT_S = 600;
    private static final FileTime JAR_TIME = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));

    @TempDir
    private static Path directory;
    private static Path checkout;
    private static Path build;
    private static Path jar;
    private static Path archiveFile;
    /** As the build has made it. */
    private static Path sound;

    @BeforeAll
    static void makeCheckout() throws Exception {
        checkout = Files.createDirectory(directory.resolve("checkout"));
        for (final String part : List.of("sluice", "scripts", "config")) {
            try (Stream<Path> files = Files.walk(ChildProgram.root().resolve(part))) {
                for (final Path file : files.toList()) {
                    Files.copy(file, checkout.resolve(ChildProgram.root().relativize(file).toString()));
                }
            }
        }
        final Path module = Files.createDirectories(checkout.resolve("module/src/main")).resolve("../..");
        for (final Path source : List.of(checkout.resolve("pom.xml"), module.resolve("pom.xml"))) {
            Files.createFile(source);
        }
        build = Files.createDirectories(checkout.resolve("target/launcher/gen.000000"));
        Files.createSymbolicLink(build.resolveSibling("current"), build.getFileName());
        for (final String file : List.of("lock", "stamp")) {
            Files.createFile(build.resolve(file));
        }
        Files.createDirectory(build.resolve("samples"));
        Files.createFile(Files.createDirectory(build.resolve("sql")).resolve("sql-0.jar"));
        jar = Files.createDirectory(build.resolve("cli")).resolve("cli-0.jar");
        writeJar();
        assertThat(archive(Path.of(System.getProperty("java.home")), build)).isZero();
        try (Stream<Path> files = Files.list(build)) {
            final Map<Boolean, List<String>> names = files.map(file -> file.getFileName().toString())
                .collect(Collectors.partitioningBy(name -> name.endsWith(".jsa")));
            assertThat(names.get(false)).containsExactlyInAnyOrder("lock", "stamp", "samples", "cli", "sql");
            assertThat(names.get(true)).hasSize(1);
            archiveFile = build.resolve(names.get(true).get(0));
        }
        sound = Files.move(archiveFile, directory.resolve("sound"));
    }

    @BeforeEach
    void restore() throws IOException {
        Files.copy(sound, archiveFile, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(jar, JAR_TIME);
    }

    private static void writeJar() throws IOException {
        final Path source = Files.writeString(directory.resolve("Main.java"), MAIN);
        assertThat(ToolProvider.getSystemJavaCompiler().run(
            null, null, null, "--release", "17", "-d", directory.resolve("classes").toString(), source.toString()))
            .isZero();
        final String name = "dev/sluice/cli/Main.class";
        try (OutputStream out = Files.newOutputStream(jar); JarOutputStream entries = new JarOutputStream(out)) {
            entries.putNextEntry(new JarEntry(name));
            Files.copy(directory.resolve("classes").resolve(name), entries);
        }
        Files.setLastModifiedTime(jar, JAR_TIME);
    }

    /** Does what a build does when it has its jars, with a JDK; returns its status. */
    private static int archive(final Path jdk, final Path into) throws Exception {
        try (ChildProgram script = ChildProgram.start(directory, List.of("bash", "-c",
            "set -euo pipefail; root=$1; java_home=$2; java_version=$3; jvm_args_file=$4; . $root/scripts/common.sh;"
                + " . $root/scripts/build.sh; archive_classes $5",
            "bash", checkout.toString(), jdk.toString(), System.getProperty("java.version"),
            ChildProgram.launcherFlags().get(0).substring(1), into.toString()))) {
            return script.awaitExit(TIMEOUT_S);
        }
    }

    @Test
    void shouldTakeClassesFromTheArchiveWhateverTheCommandIs() throws Exception {
        for (final String command : List.of("list", "print", "replay", "tail", "snapshot", "control", "top",
            "record")) {
            assertThat(sourceOfMain(command, "x")).as(command).startsWith("shared objects file");
        }
        // The class path of these is another, which begins with the archive's.
        for (final String command : List.of("sql", "export")) {
            assertThat(sourceOfMain(command, "x")).as(command).startsWith("shared objects file");
        }
        assertThat(sourceOfMain("record", "--help")).startsWith("shared objects file");
    }

    @Test
    void shouldRunInSilenceWithoutItWhenTheArchiveIsDamagedOrForeignOrGone() throws Exception {
        // Never changed in place: a JVM may have it mapped.
        for (final byte[] content : List.of(Arrays.copyOf(Files.readAllBytes(sound), 1 << 20),
            "no archive at all\n".repeat(1000).getBytes(StandardCharsets.UTF_8), new byte[0])) {
            Files.delete(archiveFile);
            Files.write(archiveFile, content);
            assertThat(sourceOfMain("report", "x")).startsWith("file:");
        }
        Files.delete(archiveFile);
        assertThat(sourceOfMain("report", "x")).startsWith("file:");
    }

    @Test
    void shouldRunInSilenceWithoutItWhenAJarHasChangedSince() throws Exception {
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now()));
        assertThat(sourceOfMain("report", "x")).startsWith("file:");
    }

    @OneJdk
    @Test
    void shouldEndTheBuildAndLeaveNothingOfItWhenTheJvmThatListsClassesIsInterrupted() throws Exception {
        final Path real = Path.of(System.getProperty("java.home"), "bin");
        final Path bin = Files.createDirectories(directory.resolve("interrupted/bin"));
        final Path java = bin.resolve("java");
        Files.writeString(bin.resolve("jar"), "#!/bin/bash\nexec " + real.resolve("jar") + " \"$@\"\n");
        assertThat(bin.resolve("jar").toFile().setExecutable(true)).isTrue();
        for (final int status : List.of(130, 143)) {
            // It has listed some classes, and answers the signal by a status.
            Files.writeString(java, "#!/bin/bash\nfor word; do case $word in -XX:DumpLoadedClassList=*)"
                + " echo java/lang/Object >\"${word#*=}\"; exit " + status + ";; esac; done; exec "
                + real.resolve("java") + " \"$@\"\n");
            assertThat(java.toFile().setExecutable(true)).isTrue();
            final Path next = build.resolveSibling("gen.000001");
            Files.createDirectories(next.resolve("cli"));
            Files.copy(jar, next.resolve("cli/cli-0.jar"));
            assertThat(archive(bin.getParent(), next)).isEqualTo(status);
            assertThat(next).doesNotExist();
        }
    }

    /** Runs the command, which must print its own line alone, and returns where its main class came from. */
    private static String sourceOfMain(final String... arguments) throws Exception {
        final Path log = directory.resolve("loaded");
        Files.deleteIfExists(log);
        final List<String> words = List.of(arguments);
        final List<String> command = Stream.concat(Stream.of("env", "SLUICE_JAVA_HOME="
            + System.getProperty("java.home"), "JAVA_TOOL_OPTIONS=-Xlog:class+load:file=" + log,
            checkout.resolve("sluice").toString(), "--no-build", "--no-install"), words.stream()).toList();
        try (ChildProgram child = ChildProgram.start(directory, command)) {
            assertThat(child.awaitExit()).as(child.toString()).isZero();
            assertThat(child.output()).isEqualTo("ran " + String.join(" ", words) + "\n");
            assertThat(child.errors()).startsWith("Picked up JAVA_TOOL_OPTIONS").hasLineCount(1);
        }
        final String loaded = Files.readAllLines(log).stream()
            .filter(line -> line.contains(" dev.sluice.cli.Main source: ")).findFirst().orElseThrow();
        return loaded.substring(loaded.indexOf(" source: ") + " source: ".length());
    }
}
