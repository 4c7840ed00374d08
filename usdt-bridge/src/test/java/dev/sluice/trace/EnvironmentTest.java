// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.target.StartChild;
import dev.sluice.target.jvm.IdleFacade;
import dev.sluice.testsupport.ChildProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Issue 9: whatever the environment refuses, an application with a typed interface runs on, and at most one warning
 * says what would help.
 */
@Timeout(600)
class EnvironmentTest {
    private static final int FEATURE = Runtime.version().feature();
    private static final String CLASS_PATH =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    @TempDir
    private Path directory;

    /** Runs a child under a limit of the shell's; returns its warnings, joined. */
    private String run(final String limit, final Path java, final Class<?> main, final List<String> flags,
                       final String expected, final String... arguments) throws Exception {
        final List<String> command = new ArrayList<>(List.of("sh", "-c", limit + " exec \"$@\"", "sh", java.toString(),
            "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(flags);
        command.addAll(List.of("-cp", CLASS_PATH, main.getName()));
        command.addAll(List.of(arguments));
        try (ChildProgram child = ChildProgram.start(directory, command)) {
            assertThat(child.awaitExit()).as("%s: %s", limit, child.errors()).isZero();
            assertThat(child.output()).as(child.errors()).contains(expected);
            assertThat(child.errors()).doesNotContain("Exception in").doesNotContain("\tat ");
            final List<String> warnings =
                child.errors().lines().filter(line -> line.startsWith("[sluice]")).toList();
            assertThat(warnings).as(child.errors()).hasSizeLessThan(2);
            return String.join("\n", warnings);
        }
    }

    private String run(final String limit, final String... flags) throws Exception {
        return run(limit, java(), TypedStartChild.class, List.of(flags), "in order false true true true");
    }

    private static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    private String[] policy(final String content) throws Exception {
        assumeTrue(FEATURE < 24, "security managers are gone");
        final Path policy = Files.writeString(directory.resolve("policy"), content);
        return new String[] {"-Djava.security.manager", "-Djava.security.policy==" + policy};
    }

    @Test
    void shouldRunOnAndNameThePermissionWhenASecurityManagerForbidsEverything() throws Exception {
        assertThat(run("", policy("grant { };"))).contains("tracing is off")
            .contains("grant the jar of Sluice java.security.AllPermission");
        assertThat(run("", policy("grant { permission java.util.PropertyPermission \"*\", \"read\"; };")))
            .contains("grant the jar of Sluice java.security.AllPermission");
    }

    /** The remedy that is named must work: threads of an application that may do nothing get rings. */
    @Test
    void shouldTraceWhenASecurityManagerTrustsTheLibraryAlone() throws Exception {
        final String trusted = Stream.of(CLASS_PATH.split(":")).filter(entry -> !entry.endsWith("test-classes"))
            .map(entry -> "grant codeBase \"file:" + entry + (entry.endsWith(".jar") ? "" : "/")
                + "\" { permission java.security.AllPermission; };").collect(Collectors.joining("\n"));
        assertThat(run("", java(), StartChild.class, List.of(policy(trusted)), "on fired 40 refused 0 rings 4", "4",
            "10")).isEmpty();
        assertThat(run("", policy(trusted))).isEmpty();
    }

    @Test
    void shouldRunOnAndNameTheFlagWhenNativeAccessIsDenied() throws Exception {
        assumeTrue(FEATURE >= 24, "the option came with 24");
        assertThat(run("", "--illegal-native-access=deny")).contains("tracing is off")
            .contains("--enable-native-access=ALL-UNNAMED");
        assertThat(run("", "--illegal-native-access=deny", "--enable-native-access=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED")).isEmpty();
    }

    @Test
    void shouldRunOnAndNameThePropertyWhenThereIsNoTemporaryDirectory() throws Exception {
        final String warning = run("", "-Djna.tmpdir=/proc", "-Djava.io.tmpdir=/proc");
        if (FEATURE < 22) {
            assertThat(warning).contains("tracing is off").contains("-Djna.tmpdir=DIR");
        } else {
            assertThat(warning).isEmpty();
        }
    }

    @Test
    void shouldRunOnAndNameTheLimitWhenFilesMayNotGrow() throws Exception {
        assertThat(run("ulimit -f 10;", "-XX:-UsePerfData")).contains("tracing is off").contains("ulimit -f");
    }

    @Test
    void shouldRunOnWhenFewFilesMayBeOpen() throws Exception {
        for (final int limit : new int[] {12, 16, 24}) {
            final String warning = run("ulimit -n " + limit + ';');
            assertThat(warning).satisfiesAnyOf(text -> assertThat(text).isEmpty(),
                text -> assertThat(text).contains("ulimit -n"));
        }
    }

    @Test
    void shouldRunOnAndNameTheModuleWhenTheRuntimeHasNoLogging() throws Exception {
        assumeTrue(FEATURE < 22, "only JNA needs that module");
        final Path jlink = java().resolveSibling("jlink");
        assumeTrue(Files.isExecutable(jlink), "this JDK has no jlink");
        final Path runtime = directory.resolve("runtime");
        try (ChildProgram link = ChildProgram.start(directory, List.of(jlink.toString(), "--add-modules",
            "java.base,jdk.unsupported", "--output", runtime.toString()))) {
            assertThat(link.awaitExit()).as(link.errors()).isZero();
        }
        assertThat(run("", runtime.resolve("bin/java"), TypedStartChild.class, List.of(),
            "in order false true true true")).contains("jlink --add-modules java.logging");
    }

    @Test
    void shouldDoNothingAndKeepDefaultMethodsWhenAnInterfaceIsIdle() throws Exception {
        final TypedStartChild.Trace idle = (TypedStartChild.Trace) IdleFacade.of(TypedStartChild.Trace.class);
        idle.placed(1, null);
        assertThat(idle.isPlacedEnabled()).isFalse();
        assertThat(idle.isAnything()).isFalse();
        assertThat(idle).hasToString(TypedStartChild.Trace.class.getTypeName() + " (tracing is off)");
    }
}
