// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.kill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.store.format.PaceInfo;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.system.scene.Draining;
import dev.sluice.system.scene.Parallel;
import dev.sluice.system.scene.Profile;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One recorder that is held up for a while and goes on, under each strategy and policy, at a low and at the full rate:
 * every call between the first recorded one and the last is in the account (R7), the stall is in the trace, and no call
 * of the application waits for a consumer that does not run.
 */
@KernelTest
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class ConsumerStallTest {
    private static final List<String> POLICIES = List.of("discard", "block", "overwrite");
    private static final int THREADS = 2;
    private static final long SLOW_RATE = 500;
    private static final long STALE_MS = 1000;
    /** What a call under BLOCK may take beyond the time after which a consumer is stale. */
    private static final long TOLERANCE_MS = 200;
    private static final long AROUND_US = 300_000;

    @TempDir
    private Path directory;

    /** What holds the recorder up; returns how many events were refused meanwhile because of it, as far as known. */
    private interface Disturbance {
        long hold(Scene scene, ChildProgram recorder) throws IOException, InterruptedException;
    }

    @Test
    void shouldHaveEveryCallInTheAccountWhenTheRecorderIsStopped() throws InterruptedException, ExecutionException {
        final long seed = Profile.seed("recorder stalled");
        final List<Parallel.Task> tasks = new ArrayList<>();
        final long[] stops = Profile.isLong() ? new long[] {300, 1500, 3000, 30_000} : new long[] {1500};
        for (int i = 0; i < Draining.STRATEGIES.size() * POLICIES.size(); i++) {
            final String strategy = Draining.STRATEGIES.get(i / POLICIES.size());
            final String policy = POLICIES.get(i % POLICIES.size());
            final boolean isSlow = (i + seed) % 2 == 0;
            for (final long stopMs : stops) {
                // The ordinary run has each strategy once on one of the JDKs, another cell of each for another seed.
                if (Profile.isLong() || Profile.takes(i / POLICIES.size())
                    && (i / POLICIES.size() + i % POLICIES.size() + seed) % POLICIES.size() == 0) {
                    tasks.add(() -> run(strategy, policy, isSlow ? SLOW_RATE : 0, stopMs, stopped(stopMs)));
                }
                if (Profile.isLong()) {
                    tasks.add(() -> run(strategy, policy, isSlow ? 0 : SLOW_RATE, stopMs, stopped(stopMs)));
                }
            }
        }
        Parallel.run(tasks);
    }

    /** The kernel holds it up in another way than by a signal: to the program, on any JDK, that is the same. */
    @OneJdk
    @Test
    void shouldHaveEveryCallInTheAccountWhenTheRecordersCgroupIsFrozen() throws Exception {
        for (final String strategy : List.of("owner", "consumer", "pull")) {
            run(strategy, strategy.equals("owner") ? "block" : "discard", 0, 1500, (scene, recorder) ->
                shell("d=$(mktemp -d) && mount -t cgroup2 none $d && mkdir $d/sluice-test-$$ && cd $d/sluice-test-$$"
                    + " && echo " + recorder.pid() + " >cgroup.procs && echo 1 >cgroup.freeze && sleep 1.5;"
                    + " echo 0 >cgroup.freeze; echo " + recorder.pid() + " >$d/cgroup.procs; cd / && rmdir"
                    + " $d/sluice-test-$$ && umount $d && rmdir $d"));
            if (!Profile.isLong()) {
                return;
            }
        }
    }

    @Test
    void shouldHaveEveryCallInTheAccountWhenEverybodyIsStarved() throws Exception {
        if (!Profile.isLong()) {
            System.out.println("starved: only with -Dsluice.long=true, as it holds up the whole machine for 3 s each");
            return;
        }
        for (final String strategy : Draining.STRATEGIES) {
            for (final String policy : POLICIES) {
                run(strategy, policy, 0, 0, (scene, recorder) ->
                    shell("for c in $(seq 0 $(($(nproc) - 1))); do taskset -c $c chrt -f 50 sh -c"
                        + " 'while [ $(($(date +%s) - '$(date +%s)')) -lt 3 ]; do :; done' & done; wait"));
            }
        }
    }

    /** The modes that this JDK takes, each of which another one does not; with another number the others. */
    private static List<String> modes(final int number) {
        return IntStream.range(0, Draining.MODES.size()).filter(i -> Profile.takes(i + number))
            .mapToObj(Draining.MODES::get).toList();
    }

    @Test
    void shouldCountEachEventInOneTraceWhenASessionFollowsOneThatWasKilled() throws Exception {
        for (final String mode : modes(0)) {
            try (Scene scene = startSmall()) {
                final ChildProgram first = scene.startRecorder("--mode", mode);
                scene.awaitEnabledBy(first);
                stopped(STALE_MS / 10).hold(scene, first);
                // Quiet, so that no batch is in doubt when it is killed.
                scene.hold();
                scene.awaitReceived();
                first.kill();
                first.awaitExit();
                scene.startFiring();
                final ChildProgram second = scene.startRecorder("--mode", mode);
                scene.awaitEnabledBy(second);
                finishAndSum(scene, second, mode + ", killed");
            }
        }
    }

    @Test
    void shouldCountEachEventInOneTraceWhenASessionIsTakenOver() throws Exception {
        for (final String mode : modes(1)) {
            try (Scene scene = startSmall()) {
                final ChildProgram first = scene.startRecorder("--mode", mode);
                scene.awaitEnabledBy(first);
                Scene.pause(new Random(0), AROUND_US);
                scene.hold();
                scene.awaitReceived();
                first.stop();
                // Held up for less than that it has no stall, however long the second one takes to begin.
                TimeUnit.MILLISECONDS.sleep(STALE_MS + TOLERANCE_MS);
                scene.startFiring();
                final ChildProgram second = scene.startRecorder("--mode", mode, "--take-over");
                scene.awaitEnabledBy(second);
                first.signal("CONT");
                assertThat(first.awaitExit()).as("%s", first).isEqualTo(3);
                finishAndSum(scene, second, mode + ", taken over");
                assertThat(TraceReader.open(scene.traces().get(0)).targets().get(0).stalls()).isNotEmpty();
            }
        }
    }

    /** The property is the target's, and both sides go by it: what it calls no stall is waited for, by any recorder. */
    @Test
    void shouldWaitForTheConsumerAsLongAsTheTargetsPropertySays() throws Exception {
        for (final String mode : Profile.isLong() ? Draining.MODES : Profile.share(Draining.MODES.subList(0, 2))) {
            final long stopMs = 2 * STALE_MS;
            try (Scene scene = Scene.start(directory, List.of("-Dsluice.stale=60s", "-Dsluice.block.timeout=60s"),
                THREADS, "threads", "0")) {
                final TraceAccount account = recordStopped(scene, mode, stopMs);
                assertThat(account.isWhole()).as("nothing refused: %s", account).isTrue();
                assertThat(TraceReader.open(scene.trace()).targets().get(0).stalls()).isEmpty();
            }
            try (Scene scene = Scene.start(directory, List.of("-Dsluice.stale=400ms", "-Dsluice.block.timeout=60s"),
                THREADS, "threads", "0")) {
                recordStopped(scene, mode, STALE_MS - TOLERANCE_MS);
                // Whether anything was refused depends on how soon a busy machine lets the rings fill.
                assertThat(TraceReader.open(scene.trace()).targets().get(0).stalls()).isNotEmpty();
            }
        }
    }

    private static TraceAccount recordStopped(final Scene scene, final String mode, final long stopMs)
        throws IOException, InterruptedException {
        scene.awaitTarget();
        scene.startFiring();
        final ChildProgram recorder = scene.startRecorder("--policy", "block", "--mode", mode);
        scene.awaitEnabledBy(recorder);
        Scene.pause(new Random(0), AROUND_US);
        stopped(stopMs).hold(scene, recorder);
        scene.awaitFiredMoreThan(scene.fired().firedTotal());
        scene.hold();
        recorder.signal("TERM");
        recorder.awaitExit();
        return TraceTally.account(scene.trace());
    }

    /** Fewer slots than threads: there are refusals by rings and refusals of threads without a ring. */
    private Scene startSmall() throws IOException, InterruptedException {
        final Scene scene = Scene.start(directory, List.of("-Dsluice.region.slots=1", "-Dsluice.policy=discard"),
            THREADS, "threads", "0");
        scene.awaitTarget();
        scene.startFiring();
        return scene;
    }

    private static void finishAndSum(final Scene scene, final ChildProgram last, final String name)
        throws IOException, InterruptedException {
        Scene.pause(new Random(0), AROUND_US);
        scene.hold();
        last.signal("TERM");
        last.awaitExit();
        long sum = 0;
        final StringBuilder accounts = new StringBuilder();
        for (final Path trace : scene.traces()) {
            final TraceAccount account = TraceTally.account(trace);
            sum += account.fired();
            accounts.append(account.fired()).append(" of them refused ").append(account.refused()).append(" lost ")
                .append(account.lost()).append("; ");
        }
        assertThat(sum).as("%s: %s", name, accounts).isEqualTo(scene.fired().firedTotal());
    }

    private static Disturbance stopped(final long stopMs) {
        return (scene, recorder) -> {
            final long aliveMs = Math.min(stopMs, STALE_MS + TOLERANCE_MS);
            recorder.signal("STOP");
            TimeUnit.MILLISECONDS.sleep(aliveMs);
            // What rings refuse before the consumer is stale is no stall's, not even between these two readings.
            final long before = stopMs > aliveMs ? scene.refusedByRings() : 0;
            TimeUnit.MILLISECONDS.sleep(stopMs - aliveMs);
            final long refused = stopMs > aliveMs ? scene.refusedByRings() - before : 0;
            recorder.signal("CONT");
            return refused;
        };
    }

    /** In a mount namespace of its own, as root. */
    private static long shell(final String script) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder("unshare", "-m", "sh", "-c", script).inheritIO().start();
        assertThat(process.waitFor(180, TimeUnit.SECONDS)).as("ends: %s", script).isTrue();
        assertThat(process.exitValue()).as(script).isZero();
        return 0;
    }

    private void run(final String strategy, final String policy, final long rate, final long stopMs,
                     final Disturbance disturbance) throws IOException, InterruptedException {
        final String name = String.format(Locale.ROOT, "%s, %s, %s, held up for %d ms", strategy, policy,
            rate == 0 ? "full rate" : rate + " a second", stopMs);
        try (Scene scene = Scene.start(directory, List.of("-Dsluice.strategy=" + Draining.targetsStrategy(strategy),
            "-Dsluice.block.timeout=60s"), THREADS, "threads", Long.toString(rate))) {
            try {
                scene.awaitTarget();
                scene.startFiring();
                final ChildProgram recorder =
                    scene.startRecorder("--policy", policy, "--mode", Draining.mode(strategy));
                scene.awaitEnabledBy(recorder);
                Scene.pause(new Random(0), AROUND_US);
                final long refused = disturbance.hold(scene, recorder);
                scene.awaitFiredMoreThan(scene.fired().firedTotal());
                Scene.pause(new Random(0), AROUND_US);
                scene.hold();
                recorder.signal("TERM");
                check(scene, recorder, policy, stopMs);
                if (!policy.equals("overwrite")) {
                    // Each thread may have found the ring full before the consumer was stale, and counted it later.
                    assertThat(TraceTally.account(scene.trace()).refusedInStalls())
                        .as("refused in stalls").isGreaterThanOrEqualTo(refused - THREADS);
                }
            } catch (final AssertionError e) {
                throw new AssertionError(name + ": " + e.getMessage(), e);
            }
            System.out.println("recorder stalled: " + name + ": fired " + scene.fired().firedTotal()
                + ", longest burst " + TimeUnit.NANOSECONDS.toMillis(scene.fired().longestNs()) + " ms");
        }
    }

    private static void check(final Scene scene, final ChildProgram recorder, final String policy, final long stopMs)
        throws InterruptedException {
        final int status = recorder.awaitExit();
        final TraceTally tally = scene.tally();
        assertThat(tally.isEndKnown()).as("end known: %s", tally).isTrue();
        scene.checkAccount(tally, 0);
        for (int i = 0; i < THREADS; i++) {
            assertThat(scene.fired().calls(i)).as("calls from the first fired one to the last")
                .isEqualTo(scene.fired().fired(i));
        }
        final TraceReader reader = TraceReader.open(scene.trace());
        final TraceAccount account = TraceTally.account(scene.trace());
        assertThat(account.fired()).isEqualTo(scene.fired().firedTotal());
        assertThat(account.isConsistent()).isTrue();
        assertThat(status).as("%s of %s", recorder, account).isEqualTo(account.isWhole() ? 0 : 3);
        assertThat(account.isWhole()).isEqualTo(
            account.discarded() == 0 && account.overwritten() == 0 && account.lostTotal() == 0);
        checkStalls(recorder, stopMs, reader.targets().get(0).stalls(), account);
        if (policy.equals("block") && stopMs > 0) {
            // A recorder that runs again, and waits for a processor, is not stale, and calls wait for it.
            final long queuedNs = reader.targets().get(0).pace().map(PaceInfo::queuedNs).orElse(0L);
            assertThat(TimeUnit.NANOSECONDS.toMillis(scene.fired().longestNs() - queuedNs)).as("longest burst, ms")
                .isLessThanOrEqualTo(STALE_MS + TOLERANCE_MS);
            if (stopMs < STALE_MS) {
                // A busy machine may hold the recorder up for longer than the signals do: then that is said.
                assertThat(account.discarded()).as("refused only while the recorder was stale: %s", recorder)
                    .isEqualTo(account.refusedInStalls());
            }
        }
    }

    private static void checkStalls(final ChildProgram recorder, final long stopMs,
        final Collection<StallInfo> stalls, final TraceAccount account) {
        assertThat(account.refusedInStalls()).isLessThanOrEqualTo(account.discarded());
        if (stopMs > STALE_MS) {
            assertThat(stalls).as("stalls").anySatisfy(stall -> assertThat(stall.durationNs())
                .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(stopMs - 100)));
            assertThat(recorder.toString()).contains("did not keep up");
        }
    }
}
