// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.Main;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Issue 10, item 1: nothing is read from the working directory, which may be somebody else's. It is full of baits here,
 * and belongs to another user; inotify tells which of them anybody opens.
 */
@OneJdk
@KernelTest
@Timeout(600)
class WorkingDirectoryTest {
    private static final int NOBODY = 65534;
    private static final long TIMEOUT_S = 180;
    /** What a loader, a JVM, Maven or a library may look for. */
    private static final List<String> FILES = List.of("system.properties", "libbpf.so.1", "libbpf.so", "libc.so.6",
        "libc.so", "libjnidispatch.so", "libjffi-1.2.so", "libz.so.1", "libelf.so.1", ".hotspotrc", ".hotspot_compiler",
        "maven.config", "jvm.config", "logging.properties", "jna.properties", "boot.properties", "agrona.properties",
        "simplelogger.properties", "jmh.properties", ".sluice.properties", "sluice.properties", "record", "hello:*");
    /** What a script may call. */
    private static final List<String> PROGRAMS = List.of("bash", "sh", "java", "javac", "readlink", "dirname", "locale",
        "flock", "find", "sort", "id", "cat", "sed", "cksum", "kill", "ldconfig", "mvn", "env", "apt-get", "common.sh");

    @TempDir
    private Path temp;
    private Path outer;
    private Path inner;
    private Path launcher;

    /** Uses the store as any program may, and says what its baits have made of this JVM. */
    static final class StoreUser {
        private StoreUser() {
        }

        public static void main(final String[] arguments) {
            TraceWriter.create(Path.of(arguments[0]), TraceInfo.now("", "")).close();
            System.out.println(System.getProperty("sluice.bait") + " " + System.getProperty("system.properties"));
        }
    }

    @BeforeEach
    void layBaits() throws IOException {
        outer = Files.createDirectory(temp.resolve("outer"));
        inner = Files.createDirectory(outer.resolve("inner"));
        Files.createDirectory(inner.resolve(".mvn"));
        for (final Path directory : List.of(outer, inner)) {
            for (final String name : FILES) {
                Files.writeString(directory.resolve(name), "jna.library.path=" + inner + "\njna.boot.library.path="
                    + inner + "\nsluice.bait=taken\n");
            }
            for (final String name : PROGRAMS) {
                Files.writeString(directory.resolve(name), "#!/bin/sh\necho " + name + " >>" + temp + "/executed\n");
                Files.setPosixFilePermissions(directory.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
        try (Stream<Path> paths = Files.walk(outer)) {
            for (final Path path : paths.toList()) {
                Files.setAttribute(path, "unix:uid", NOBODY);
            }
        }
    }

    @Test
    void shouldReadNothingThereWhenAProgramUsesTheStore() throws Exception {
        try (OpenedNames opened = new OpenedNames()) {
            opened.watch(outer);
            opened.watch(inner);
            final List<String> command = java();
            command.addAll(List.of(StoreUser.class.getName(), temp.resolve("trace").toString()));
            assertThat(run(command)).isEqualTo("null null\n");
            assertThat(opened.names()).isEmpty();
        }
    }

    @Test
    void shouldReadNothingThereWhenTheMainClassRecords() throws Exception {
        try (OpenedNames opened = new OpenedNames(); ChildProgram sample = startSample(List.of("env"))) {
            opened.watch(outer);
            opened.watch(inner);
            final List<String> command = java();
            command.addAll(List.of(Main.class.getName(), "record", "-p", Long.toString(sample.pid()), "--duration",
                "300ms", "-o", temp.resolve("trace").toString()));
            assertThat(run(command)).contains("end known");
            assertThat(opened.names()).isEmpty();
        }
    }

    @Test
    void shouldReadAndRunNothingThereWhenTheLauncherRunsAnyCommand() throws Exception {
        launcher = makeCheckout();
        final Path trace = temp.resolve("trace");
        try (OpenedNames opened = new OpenedNames(); ChildProgram sample = startSample(launcherCommand("sample"))) {
            final String pid = Long.toString(sample.pid());
            opened.watch(outer);
            opened.watch(inner);
            sluice("help");
            sluice("list");
            sluice("list", "-p", pid);
            sluice("list", "/usr/bin/env");
            sluice("record", "-p", pid, "--duration", "300ms", "-o", trace.toString());
            sluice("record", "-p", pid, "--mode", "shared", "--duration", "300ms", "-o", trace + "-shared");
            sluice("report", trace.toString());
            sluice("print", trace.toString());
            sluice("export", trace.toString(), "-o", temp + "/ctf");
            sluice("trap", "-p", pid, "hello:*", "--count", "--duration", "300ms");
            sluice("demo", "--threads", "1", "--share", "1/400", "--trap-share", "1/400", "-o", temp + "/demo");
            sluice("sample", "hello", "--count", "1");
            assertThat(opened.names()).isEmpty();
            assertThat(temp.resolve("executed")).doesNotExist();
        }
    }

    @Test
    void shouldTakePathsFromThereWhenTheCommandLineNamesThem() throws Exception {
        launcher = makeCheckout();
        final Path mine = Files.createDirectory(temp.resolve("mine"));
        try (ChildProgram sample = startSample(launcherCommand("sample"))) {
            run(in(mine, "record", "-p", Long.toString(sample.pid()), "--mode", "shared", "--duration", "300ms", "-o",
                "tr\u00e4ce"));
        }
        assertThat(mine.resolve("tr\u00e4ce/0000")).isDirectory();
        assertThat(run(in(mine, "report", "tr\u00e4ce", "--json"))).contains("\"stored\":");
        assertThat(run(in(mine, "print", "tr\u00e4ce"))).isNotEmpty();
    }

    private List<String> in(final Path working, final String... arguments) {
        final List<String> command = launcherCommand(arguments);
        command.addAll(0, List.of("env", "-u", "LC_CTYPE", "-u", "LANG", "LC_ALL=POSIX", "bash", "-c",
            "cd " + working + " && exec \"$@\"", "bash"));
        return command;
    }

    private ChildProgram startSample(final List<String> prefix) throws Exception {
        final List<String> command = new ArrayList<>(prefix);
        if (launcher == null) {
            command.addAll(java());
            command.add("dev.sluice.samples.Main");
        }
        command.addAll(List.of("hello", "--rate", "1000"));
        final ChildProgram sample = ChildProgram.start(temp, inBaits(command));
        sample.awaitFirstLine();
        return sample;
    }

    private List<String> java() {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ChildProgram.launcherFlags());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        return command;
    }

    private List<String> launcherCommand(final String... arguments) {
        final List<String> command = new ArrayList<>(List.of("env", "PATH=:.:" + System.getenv("PATH") + ":",
            "SLUICE_JAVA_HOME=" + System.getProperty("java.home"), launcher.toString(), "--no-build", "--no-install"));
        command.addAll(List.of(arguments));
        return command;
    }

    private void sluice(final String... arguments) throws Exception {
        run(launcherCommand(arguments));
    }

    private List<String> inBaits(final List<String> command) {
        final List<String> inBaits =
            new ArrayList<>(List.of("/bin/bash", "-c", "cd " + inner + " && exec \"$@\"", "bash"));
        inBaits.addAll(command);
        return inBaits;
    }

    private String run(final List<String> command) throws Exception {
        try (ChildProgram child = ChildProgram.start(temp, inBaits(command))) {
            assertThat(child.awaitExit()).as("%s: %s%s", command, child.output(), child.errors()).isZero();
            return child.output();
        }
    }

    /** A checkout whose launcher is this one, and whose last build is what is being tested. */
    private Path makeCheckout() throws IOException {
        final Path checkout = Files.createDirectory(temp.resolve("checkout"));
        final Path root = ChildProgram.root();
        for (final String part : List.of("sluice", "scripts", "config")) {
            try (Stream<Path> files = Files.walk(root.resolve(part))) {
                for (final Path file : files.toList()) {
                    Files.copy(file, checkout.resolve(root.relativize(file).toString()));
                }
            }
        }
        final Path module = Files.createDirectories(checkout.resolve("module/src/main")).resolve("../..");
        for (final Path source : List.of(checkout.resolve("pom.xml"), module.resolve("pom.xml"))) {
            Files.createFile(source);
        }
        final Path build = Files.createDirectories(checkout.resolve("target/launcher/gen.000000"));
        Files.createSymbolicLink(build.resolveSibling("current"), build.getFileName());
        Files.createFile(build.resolve("lock"));
        for (final String name : List.of("samples", "cli", "sql", "bench")) {
            writeJar(Files.createDirectory(build.resolve(name)).resolve("all.jar"));
        }
        Files.setLastModifiedTime(Files.createFile(build.resolve("stamp")),
            FileTime.from(Instant.now().plusSeconds(TIMEOUT_S)));
        return checkout.resolve("sluice");
    }

    /** A jar that stands for the class path of this test. */
    private static void writeJar(final Path jar) throws IOException {
        final Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH,
            Stream.of(System.getProperty("java.class.path").split(":"))
                .map(entry -> Path.of(entry).toAbsolutePath().toUri().toString()).collect(Collectors.joining(" ")));
        try (OutputStream out = Files.newOutputStream(jar)) {
            new JarOutputStream(out, manifest).close();
        }
    }
}
