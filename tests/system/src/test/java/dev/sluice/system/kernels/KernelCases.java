// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.kernels;

import dev.sluice.bpf.KernelFeatures;
import dev.sluice.bpf.trap.TrapRecord;
import dev.sluice.bpf.trap.UsdtProgram;
import dev.sluice.consumer.probe.ProbeTracer;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceReader;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * What {@code sluice test --kernels} runs inside another kernel: each case some times, each event's place and content
 * compared to what the traced program must have fired. No test framework: it prints one line a run and ends with 1 if
 * any run was wrong.
 * <pre>
 *   batch    record in batches that BPF drains, under BLOCK, in chunks of 4 KiB
 *   record   record with one trap an event, numbers and texts
 *   trap     trap --print of many probes
 * </pre>
 */
public final class KernelCases {
    private static final int THREADS = 6;
    private static final int BATCH_EVENTS = 56_000;
    private static final int TRAP_EVENTS = 500;
    private static final int PROBE_ROUNDS = 50;
    private static final int PROBE_THREADS = 4;
    private static final int BUFFER_BYTES = 16 << 20;
    private static final int POLL_LIMIT = 4096;
    private static final long TIMEOUT_NS = 600_000_000_000L;

    private final Path directory;
    private final Process process;
    private final BufferedWriter commands;
    private final BufferedReader answers;
    private final long pid;

    private interface Case {
        /** Throws what is wrong; returns what was counted. */
        String run() throws Exception;
    }

    private KernelCases(final Path directory) throws IOException {
        this.directory = directory;
        process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dsluice.chunk.length=4k",
            // The emulator may stop for seconds on a busy machine: nothing is to be refused for it.
            "-Dsluice.stale=" + TIMEOUT_NS / 1_000_000_000L + "s",
            "-Dsluice.block.timeout=" + TIMEOUT_NS / 1_000_000_000L + "s", "-cp",
            System.getProperty("java.class.path"), KernelTarget.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        commands = process.outputWriter();
        answers = process.inputReader();
        pid = Long.parseLong(answers.readLine().split(" ")[1]);
    }

    /** Arguments: runs of each case, then the names of the cases. */
    public static void main(final String[] arguments) throws Exception {
        System.out.print(KernelFeatures.probe());
        final KernelCases cases = new KernelCases(Files.createTempDirectory("kernels"));
        boolean isRight = true;
        for (int i = 1; i < arguments.length; i++) {
            for (int run = 1; run <= Integer.parseInt(arguments[0]); run++) {
                isRight &= cases.run(arguments[i], run);
            }
        }
        cases.process.destroyForcibly();
        System.out.println("CASES " + (isRight ? "right" : "WRONG"));
        System.exit(isRight ? 0 : 1);
    }

    private boolean run(final String name, final int run) {
        final Case one = name.equals("batch") ? this::batch : name.equals("record") ? this::record : this::trap;
        final long begin = System.nanoTime();
        String result;
        boolean isRight = false;
        try {
            result = "right: " + one.run();
            isRight = true;
        } catch (final Exception | AssertionError e) {
            result = "WRONG: " + e;
        }
        System.out.printf("CASE %s %d %s (%d ms)%n", name, run, result, (System.nanoTime() - begin) / 1_000_000);
        return isRight;
    }

    private CompletableFuture<String> send(final String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
        return CompletableFuture.supplyAsync(() -> {
            try {
                return answers.readLine();
            } catch (final IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private String batch() throws Exception {
        return record(EventPath.BATCH, BATCH_EVENTS);
    }

    private String record() throws Exception {
        return record(EventPath.TRAP, TRAP_EVENTS);
    }

    private String record(final EventPath path, final int events) throws Exception {
        final Path trace = directory.resolve("trace");
        final RecordResult result;
        try (Recorder recorder = Recorder.start(RecordOptions.of(pid, trace).source(path)
            .patterns(List.of(KernelTarget.PROVIDER + ":number", KernelTarget.PROVIDER + ":text"))
            .policy(FullPolicy.BLOCK).build())) {
            final CompletableFuture<String> fired = send(
                (path == EventPath.BATCH ? "batches " : "events ") + THREADS + " " + events);
            recorder.await(TIMEOUT_NS, fired::isDone, () -> { });
            check(fired.isDone(), "the target has answered");
            result = recorder.finish();
            final long expected = THREADS * (events + (events - 1L) / KernelTarget.TEXT_EVERY + 1);
            check(fired.get().equals("fired " + expected), "the target said " + fired.get() + " for " + expected);
            check(result.known() && result.stored() == expected && result.lost().isEmpty(),
                result + " for " + expected);
            check(readBack(trace, events) == expected, "events in the trace");
        } finally {
            delete(trace);
        }
        return result.stored() + " events, " + result.traps() + " traps, " + result.discarded() + " refused first";
    }

    /** Checks every event; returns how many there are. */
    private static long readBack(final Path trace, final int events) {
        final long[] next = new long[THREADS];
        final long[] nextText = new long[THREADS];
        final EventCursor cursor = TraceReader.open(trace).events().cursor();
        while (cursor.next()) {
            final EventView event = cursor.event();
            final boolean isText = event.fieldCount() == 3 && event.schema().tracepoint().equals("text");
            final int thread = (int) event.getLong(isText ? 1 : 0);
            final long index = event.getLong(isText ? 2 : 1);
            if (isText) {
                check(index == nextText[thread], "thread " + thread + " text " + index);
                check(event.getString(0).equals(KernelTarget.label(thread, index)), "text " + event.getString(0));
                nextText[thread] += KernelTarget.TEXT_EVERY;
            } else {
                check(index == next[thread], "thread " + thread + " index " + index + " after " + next[thread]);
                check(event.getLong(2) == KernelTarget.check(thread, index), "content of " + thread + "/" + index);
                next[thread]++;
            }
        }
        for (int thread = 0; thread < THREADS; thread++) {
            check(next[thread] == events, "thread " + thread + " has " + next[thread] + " events");
        }
        return cursor.count();
    }

    private String trap() throws Exception {
        final List<UsdtProbe> sites = ProcessProbes.of(pid).stream()
            .filter(probe -> probe.provider().equals(KernelTarget.PROVIDER) && probe.name().startsWith("p")).toList();
        final List<int[]> expected = new ArrayList<>();
        for (int i = 0; i < PROBE_THREADS; i++) {
            expected.add(KernelTarget.probesOf(i, PROBE_ROUNDS));
        }
        final int[] next = new int[PROBE_THREADS];
        try (ProbeTracer tracer = ProbeTracer.attach(new ProbeTracer.Options(pid, UsdtProgram.Mode.PRINT, null,
            List.of(), BUFFER_BYTES), sites, site -> List.of())) {
            final CompletableFuture<String> fired = send("probes " + PROBE_THREADS + " " + PROBE_ROUNDS);
            final long begin = System.nanoTime();
            boolean isLast;
            int hits;
            do {
                isLast = fired.isDone() || System.nanoTime() - begin > TIMEOUT_NS;
                hits = tracer.poll((hit, unread) -> checkHit(tracer, hit, unread, expected, next), POLL_LIMIT);
                if (hits == 0 && !isLast) {
                    Thread.sleep(1);
                }
            } while (!isLast || hits > 0);
            tracer.detach();
            check(tracer.lost() == 0, "nothing lost: " + tracer.lost());
        }
        int hits = 0;
        for (int i = 0; i < PROBE_THREADS; i++) {
            check(next[i] == expected.get(i).length, "thread " + i + " has " + next[i] + " hits");
            hits += next[i];
        }
        return hits + " hits";
    }

    private static void checkHit(final ProbeTracer tracer, final TrapRecord hit, final int unread,
                                 final List<int[]> expected, final int[] next) {
        final int thread = (int) hit.argument(0);
        final int index = (int) hit.argument(1);
        final int probe = (int) hit.argument(2);
        check(unread == 0, "all is readable");
        check(thread >= 0 && thread < next.length && index == next[thread]++, "hit " + index + " of " + thread);
        check(probe == expected.get(thread)[index], "probe " + probe + " of " + thread + "/" + index);
        check(tracer.probeOf(hit).name().equals("p" + probe), tracer.probeOf(hit) + " for p" + probe);
    }

    private static void check(final boolean isRight, final String what) {
        if (!isRight) {
            throw new AssertionError(what);
        }
    }

    private static void delete(final Path trace) throws IOException {
        if (Files.exists(trace)) {
            try (Stream<Path> files = Files.walk(trace)) {
                for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
