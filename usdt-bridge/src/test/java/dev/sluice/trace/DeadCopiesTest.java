// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.testsupport.ChildProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Issue 10, 15: copies of the library whose application has gone, whether or not it has told them to stop. */
@Timeout(900)
class DeadCopiesTest {
    private static final String DEPLOYMENTS = "20";
    /** Before Java 22 a thread of JNA's keeps each copy for half a minute. */
    private static final long TIMEOUT_S = 300;

    /** What takes minutes where JNA is slow to let go is in the long profile there; one case is always run. */
    private static final boolean IS_EACH_CASE_RUN =
        Runtime.version().feature() >= 22 || Boolean.getBoolean("sluice.long");

    private static final String[] DRAINED_AND_TICKING = {"-Dsluice.strategy=drain_thread", "-Dsluice.clock=coarse"};

    @TempDir
    private static Path directory;
    /** By what tells them apart. All go at once: where they wait for half a minute, they do nothing else. */
    private static final Map<List<String>, ChildProgram> PROGRAMS = new HashMap<>();

    @BeforeAll
    static void start() throws Exception {
        start("dropped");
        start("used");
        start(key("stopped"), Files.createTempDirectory(directory, "stopped"), Stream.of(),
            RedeploymentProgram.class.getName());
        if (IS_EACH_CASE_RUN) {
            start("dropped", DRAINED_AND_TICKING);
            start("closed");
        }
    }

    private static void start(final String mode, final String... flags) throws Exception {
        final Path home = Files.createTempDirectory(directory, mode);
        final Path stubs = home.resolve("stubs");
        start(key(mode, flags), home, Stream.concat(Stream.of(flags), Stream.of("-Dsluice.usdt.dir=" + stubs)),
            DeadCopiesProgram.class.getName(), mode, DEPLOYMENTS, stubs.toString());
    }

    private static void start(final List<String> key, final Path home, final Stream<String> flags,
        final String... arguments) throws Exception {
        PROGRAMS.put(key, ChildProgram.startJava(home,
            Stream.concat(ChildProgram.launcherFlags().stream(), flags).toList(),
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            List.of(arguments)));
    }

    @AfterAll
    static void end() {
        PROGRAMS.values().forEach(ChildProgram::close);
        PROGRAMS.clear();
    }

    private static List<String> key(final String mode, final String... flags) {
        return Stream.concat(Stream.of(mode), Stream.of(flags)).toList();
    }

    private static void check(final String mode, final String... flags) throws Exception {
        final ChildProgram program = PROGRAMS.get(key(mode, flags));
        assertThat(program.awaitExit(TIMEOUT_S)).as("%s%s", program.output(), program.errors()).isZero();
    }

    @Test
    void shouldGoWhenItsClassLoaderIsCollectedThoughThreadsThatFiredLiveOn() throws Exception {
        check("dropped");
    }

    @Test
    void shouldGoWithAllItsThreadsWhenItHasADrainThreadAndATickingClock() throws Exception {
        assumeTrue(IS_EACH_CASE_RUN, "before Java 22 in the long profile");
        check("dropped", DRAINED_AND_TICKING);
    }

    @Test
    void shouldEndWhenItsClassLoaderIsClosedThoughTheApplicationKeepsIt() throws Exception {
        assumeTrue(IS_EACH_CASE_RUN, "before Java 22 in the long profile");
        check("closed");
    }

    @Test
    void shouldLeaveNothingBehindWhenItIsStopped() throws Exception {
        check("stopped");
    }

    @Test
    void shouldStayWhenItIsInUseHoweverOftenTheCollectorRuns() throws Exception {
        check("used");
    }
}
