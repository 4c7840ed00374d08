// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.measure.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One trap for each event, into a script of bpftrace that counts events and adds their second values. */
public final class BpftracePath implements FirePath {
    /** bpftrace wants tracefs; a mount namespace of its own leaves the machine as it is. */
    private static final String MOUNTED = "mountpoint -q /sys/kernel/tracing || mount -t tracefs none "
        + "/sys/kernel/tracing; [ -d /sys/kernel/debug/tracing ] || mount -t debugfs none /sys/kernel/debug; "
        + "exec bpftrace \"$@\"";
    private static final long PATIENCE_S = 120;
    private static final int KILL_S = 60;
    private static final int POLL_MS = 10;
    private static final String READY = "tracing";
    private static final Pattern COUNT = Pattern.compile("@count: (\\d+)");
    private static final Pattern SUM = Pattern.compile("@sum: (\\d+)");

    private Path output;
    private Process tracer;

    @Override
    public void open(final Path directory) throws IOException, InterruptedException {
        OurEvent.PROVIDER.load();
        output = directory.resolve("bpftrace.out");
        final String script = "BEGIN { printf(\"" + READY + "\\n\"); } usdt:" + OurEvent.probe().path() + ":"
            + OurEvent.PROVIDER_NAME + ":two { @count = count(); @sum = sum(arg1); }";
        tracer = new ProcessBuilder("unshare", "-m", "sh", "-c", MOUNTED, "bpftrace", "-B", "line", "-p",
            Long.toString(ProcessHandle.current().pid()), "-e", script)
            .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        tracer.getOutputStream().close();
        try {
            OurEvent.awaitEnabled("bpftrace", tracer);
            // The semaphore is up before the probe is there. What is printed is read when all probes are.
            final long deadline = System.nanoTime() + OurEvent.TIMEOUT_NS;
            while (!Files.readString(output).contains(READY)) {
                if (!tracer.isAlive() || System.nanoTime() - deadline > 0) {
                    throw new IllegalStateException("bpftrace does not begin");
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MS));
            }
        } catch (final IllegalStateException e) {
            throw new IllegalStateException(e.getMessage() + ": " + Files.readString(output).strip(), e);
        }
    }

    @Override
    public long fire(final long a, final long b) {
        return OurEvent.TWO.fire(a, b) ? a : a + b;
    }

    @Override
    public Stored finish(final long fired) throws IOException, InterruptedException {
        Tool.run(KILL_S, List.of("kill", "-INT", Long.toString(tracer.pid())));
        if (!tracer.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
            throw new IllegalStateException("bpftrace does not end");
        }
        final String printed = Files.readString(output);
        final long count = number(COUNT, printed);
        if (count == fired && number(SUM, printed) != fired * (fired - 1) / 2) {
            throw new IllegalStateException("bpftrace saw other values than were fired: " + printed);
        }
        return new Stored(count, "hits that the script counted").withTraps(count);
    }

    private static long number(final Pattern pattern, final String printed) {
        final Matcher matcher = pattern.matcher(printed);
        if (!matcher.find()) {
            throw new IllegalStateException("bpftrace has printed: " + printed.strip());
        }
        return Long.parseLong(matcher.group(1));
    }

    @Override
    public void close() {
        if (tracer != null) {
            tracer.destroyForcibly().onExit().join();
        }
    }
}
