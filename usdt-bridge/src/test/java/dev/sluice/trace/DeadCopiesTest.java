// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.testsupport.ChildProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Issue 10, 15: copies of the library whose application has gone, and which nobody has told to stop. */
@Timeout(900)
class DeadCopiesTest {
    private static final String DEPLOYMENTS = "20";
    /** Before Java 22 a thread of JNA's keeps each copy for half a minute. */
    private static final long TIMEOUT_S = 300;

    /** What takes minutes where JNA is slow to let go is in the long profile there; one case is always run. */
    private static final boolean IS_EACH_CASE_RUN =
        Runtime.version().feature() >= 22 || Boolean.getBoolean("sluice.long");

    @TempDir
    private Path directory;

    private void run(final String mode, final String... flags) throws Exception {
        final Path stubs = directory.resolve("stubs");
        final List<String> all = new ArrayList<>(ChildProgram.launcherFlags());
        all.addAll(List.of(flags));
        all.add("-Dsluice.usdt.dir=" + stubs);
        try (ChildProgram program = ChildProgram.startJava(directory, all,
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            List.of(DeadCopiesProgram.class.getName(), mode, DEPLOYMENTS, stubs.toString()))) {
            assertThat(program.awaitExit(TIMEOUT_S)).as("%s%s", program.output(), program.errors()).isZero();
        }
    }

    @Test
    void shouldGoWhenItsClassLoaderIsCollectedThoughThreadsThatFiredLiveOn() throws Exception {
        run("dropped");
    }

    @Test
    void shouldGoWithAllItsThreadsWhenItHasADrainThreadAndATickingClock() throws Exception {
        assumeTrue(IS_EACH_CASE_RUN, "before Java 22 in the long profile");
        run("dropped", "-Dsluice.strategy=drain_thread", "-Dsluice.clock=coarse");
    }

    @Test
    void shouldEndWhenItsClassLoaderIsClosedThoughTheApplicationKeepsIt() throws Exception {
        assumeTrue(IS_EACH_CASE_RUN, "before Java 22 in the long profile");
        run("closed");
    }

    @Test
    void shouldStayWhenItIsInUseHoweverOftenTheCollectorRuns() throws Exception {
        run("used");
    }
}
