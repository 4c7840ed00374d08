// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher as a package has it, whose command is one small class: flags of its JVM, and the archive of classes. */
class InstalledLauncherTest {
    /** It takes seconds of processor time, of which a busy machine has few. */
    private static final long TIMEOUT_S = 600;
    /** Every package gives its files the same time. */
    private static final FileTime PACKAGE_TIME = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
    private static final Path JDK = Path.of(System.getProperty("java.home"));

    @TempDir
    private Path directory;
    private Path home;

    @BeforeEach
    void install() throws Exception {
        home = Files.createDirectory(directory.resolve("home"));
        for (final String part : List.of("sluice", "scripts", "config")) {
            try (Stream<Path> files = Files.walk(ChildProgram.root().resolve(part))) {
                for (final Path file : files.toList()) {
                    Files.copy(file, home.resolve(ChildProgram.root().relativize(file).toString()));
                }
            }
        }
        Files.createDirectory(home.resolve("archive"));
        final Path library = Files.createDirectory(home.resolve("lib"));
        for (final String list : List.of("samples", "cli", "sql")) {
            Files.writeString(library.resolve(list + ".jars"), "cli-0.jar\n");
        }
        Files.writeString(library.resolve("cli.classes"), "dev/sluice/cli/Main\n");
        unpackRelease("one");
    }

    /** Writes the jars of a release whose command says a word, and what the release says of them. */
    private void unpackRelease(final String word) throws Exception {
        final Path source = Files.writeString(directory.resolve("Main.java"), """
            package dev.sluice.cli;
            public final class Main {
                public static void main(final String[] arguments) {
                    System.out.println("%s");
                }
            }
            """.formatted(word));
        assertThat(ToolProvider.getSystemJavaCompiler().run(
            null, null, null, "--release", "17", "-d", directory.resolve("classes").toString(), source.toString()))
            .isZero();
        final Path jar = home.resolve("lib/cli-0.jar");
        final String name = "dev/sluice/cli/Main.class";
        try (OutputStream out = Files.newOutputStream(jar); JarOutputStream entries = new JarOutputStream(out)) {
            entries.setLevel(0);
            entries.putNextEntry(new JarEntry(name));
            Files.copy(directory.resolve("classes").resolve(name), entries);
        }
        Files.setLastModifiedTime(jar, PACKAGE_TIME);
        run(0, "bash", "-c", "set -euo pipefail; root=$1; . $root/scripts/package.sh; hash_command $root/lib", "bash",
            home.toString());
    }

    /** Runs a program to its end, which must have the status; returns its output. */
    private String run(final int status, final String... command) throws Exception {
        try (ChildProgram child = ChildProgram.start(directory, List.of(command))) {
            assertThat(child.awaitExit(TIMEOUT_S)).as(child.toString()).isEqualTo(status);
            return child.output();
        }
    }

    private String sluice(final int status, final Path jdk, final String... arguments) throws Exception {
        final List<String> command = new ArrayList<>(List.of("env", "SLUICE_JAVA_HOME=" + jdk,
            home.resolve("sluice").toString()));
        command.addAll(List.of(arguments));
        return run(status, command.toArray(String[]::new));
    }

    private List<Path> archives() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("archive"))) {
            return files.toList();
        }
    }

    /** A JDK of this one's version whose program java is a shell script. */
    private Path jdk(final String name, final String script) throws IOException {
        final Path jdk = directory.resolve(name);
        final Path java = Files.createDirectories(jdk.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/bash\n" + script + "\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + System.getProperty("java.version") + "\"\n");
        return jdk;
    }

    @Test
    void shouldRunTheNewClassesWhenAReleaseOfEqualSizeAndTimeIsUnpackedOverAnother() throws Exception {
        assertThat(sluice(0, JDK, "archive")).isEmpty();
        assertThat(sluice(0, JDK, "report", "x")).isEqualTo("one\n");
        final List<Path> old = archives();
        final long size = Files.size(home.resolve("lib/cli-0.jar"));
        unpackRelease("two");
        assertThat(home.resolve("lib/cli-0.jar")).hasSize(size);
        assertThat(sluice(0, JDK, "report", "x")).isEqualTo("two\n");
        assertThat(sluice(0, JDK, "archive")).isEmpty();
        assertThat(archives()).as("the old one is removed").hasSize(1).doesNotContainAnyElementsOf(old);
        assertThat(sluice(0, JDK, "report", "x")).isEqualTo("two\n");
        final Path log = directory.resolve("loaded");
        assertThat(run(0, "env", "SLUICE_JAVA_HOME=" + JDK, "JAVA_TOOL_OPTIONS=-Xlog:class+load:file=" + log,
            home.resolve("sluice").toString(), "report", "x")).isEqualTo("two\n");
        assertThat(Files.readString(log)).contains(" dev.sluice.cli.Main source: shared objects file");
    }

    @Test
    void shouldKeepTheArchiveOfEachWhenTwoJdksHaveOneVersion() throws Exception {
        sluice(0, JDK, "archive");
        final List<Path> first = archives();
        // By another path to the same place it is the same.
        final Path link = Files.createSymbolicLink(directory.resolve("link"), JDK);
        sluice(0, link, "archive");
        // JUnit would warn of a link out of its directory.
        Files.delete(link);
        assertThat(archives()).hasSize(1).isEqualTo(first);
        sluice(0, jdk("other", "exec " + JDK + "/bin/java \"$@\""), "archive");
        assertThat(archives()).hasSize(2).containsAll(first);
    }

    @OneJdk
    @Test
    void shouldEndWithoutAnArchiveWhenTheJvmThatListsClassesIsInterrupted() throws Exception {
        for (final int status : List.of(130, 143)) {
            // It has listed some classes, and answers the signal by a status.
            final Path jdk = jdk("interrupted" + status, "for word; do case $word in -XX:DumpLoadedClassList=*)"
                + " echo java/lang/Object >\"${word#*=}\"; exit " + status + ";; esac; done; exec " + JDK
                + "/bin/java \"$@\"");
            sluice(status, jdk, "archive");
            assertThat(archives()).isEmpty();
        }
    }

    /** A command in that JVM may take the signal for its own, and end as usual. */
    @OneJdk
    @Test
    void shouldEndWithoutAnArchiveWhenTheShellIsInterruptedAndTheJvmGoesOn() throws Exception {
        final Path jdk = jdk("unmoved", "[[ $* != *DumpLoadedClassList* ]] || kill -INT $PPID; exec " + JDK
            + "/bin/java \"$@\"");
        // Where the signal is ignored from the begin on, as in a job of a script, a shell cannot take it.
        run(130, "env", "--default-signal=INT", "SLUICE_JAVA_HOME=" + jdk, home.resolve("sluice").toString(),
            "archive");
        assertThat(archives()).isEmpty();
    }

    /** A service manager, say, or dpkg's own end: the signal comes to the shell alone. */
    @OneJdk
    @Test
    void shouldEndTheJvmAndLeaveNothingWhenTheShellAloneIsTerminated() throws Exception {
        for (final Map.Entry<String, Integer> signal : Map.of("TERM", 143, "HUP", 129).entrySet()) {
            final Path started = directory.resolve("started-" + signal.getKey());
            final String script = "echo $$ >%1$s.new; mv %1$s.new %1$s; exec sleep 600".formatted(started);
            final Path jdk = jdk("endless" + signal.getKey(), "[[ $* != *DumpLoadedClassList* ]] || { " + script
                + "; }; exec " + JDK + "/bin/java \"$@\"");
            try (ChildProgram archive = ChildProgram.start(directory, List.of("env", "--default-signal=TERM",
                "--default-signal=HUP", "SLUICE_JAVA_HOME=" + jdk, home.resolve("sluice").toString(), "archive"))) {
                ChildProgram.await("the JVM runs: " + archive, () -> Files.exists(started));
                final Optional<ProcessHandle> jvm =
                    ProcessHandle.of(Long.parseLong(Files.readString(started).strip()));
                archive.signal(signal.getKey());
                assertThat(archive.awaitExit()).as(archive.toString()).isEqualTo(signal.getValue());
                assertThat(jvm.filter(ProcessHandle::isAlive)).as("the JVM").isEmpty();
                assertThat(archives()).isEmpty();
            }
        }
    }

    @OneJdk
    @Test
    void shouldCompileAsForHelpOnlyWhenTheCommandItselfIsAskedForIt() throws Exception {
        final Path jdk = jdk("echo", "printf '%s\\n' \"$@\"");
        for (final String help : List.of("-h", "--help", "-V", "--version")) {
            assertThat(sluice(0, jdk, "run", help).lines()).contains("-XX:TieredStopAtLevel=1");
            assertThat(sluice(0, jdk, "run", "-o", "x", help, "--", "PROG").lines())
                .contains("-XX:TieredStopAtLevel=1");
            assertThat(sluice(0, jdk, "run", "--", "PROG", help, "host").lines()).contains(help)
                .doesNotContain("-XX:TieredStopAtLevel=1", "-XX:CompileThresholdScaling=5");
        }
    }
}
