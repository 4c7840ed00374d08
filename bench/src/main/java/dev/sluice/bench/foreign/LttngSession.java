// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.foreign;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.measure.Leftovers;
import dev.sluice.bench.measure.Tool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A session of LTTng that records one event into files. A session daemon is started if none runs, and ended again. For
 * one thread.
 */
public final class LttngSession implements AutoCloseable {
    /** What a traced program needs in its environment, so that it waits for room as ours does under BLOCK. */
    public static final String BLOCKING = "LTTNG_UST_ALLOW_BLOCKING";

    private static final int TOOL_S = 120;
    private static final int END_S = 5;
    private static final int READING_S = 240;
    private static final long DAEMON_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final Pattern EVENTS = Pattern.compile("(\\d+) Event messages?");

    private final Path output;
    private final String name = "sluice-bench-" + ProcessHandle.current().pid();
    private Process daemon;
    private boolean isCreated;
    private Runnable settle = () -> {
    };

    /** Whose events. */
    public enum Domain {
        /** Tracepoints of programs in C, in a channel that waits for room. */
        C("--userspace"),
        /** Records of java.util.logging. LTTng chooses the channel. */
        JAVA("--jul");

        private final String option;

        Domain(final String option) {
            this.option = option;
        }
    }

    private LttngSession(final Path output) {
        this.output = output;
    }

    /**
     * Starts a session.
     *
     * @param directory where its files go
     * @param domain    whose events
     * @param event     the event's name
     */
    public static LttngSession start(final Path directory, final Domain domain, final String event)
        throws IOException, InterruptedException {
        final LttngSession session = new LttngSession(directory.resolve("lttng-trace"));
        boolean isStarted = false;
        try {
            session.begin(domain, event);
            isStarted = true;
            return session;
        } finally {
            if (!isStarted) {
                session.close();
            }
        }
    }

    private void begin(final Domain domain, final String event) throws IOException, InterruptedException {
        if (!isDaemonThere()) {
            daemon = new ProcessBuilder("lttng-sessiond", "--no-kernel")
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            final long deadline = System.nanoTime() + DAEMON_NS;
            while (!isDaemonThere()) {
                if (System.nanoTime() - deadline > 0) {
                    throw new IllegalStateException("lttng-sessiond does not answer");
                }
                LockSupport.parkNanos(POLL_NS);
            }
        }
        settle = Leftovers.undo(this::destroyAtOnce);
        lttng("create", name, "--output=" + output);
        isCreated = true;
        if (domain == Domain.C) {
            lttng("enable-channel", domain.option, "--session=" + name, "--subbuf-size=1M", "--num-subbuf=8",
                "--blocking-timeout=inf", "channel");
            lttng("enable-event", domain.option, "--session=" + name, "--channel=channel", event);
        } else {
            lttng("enable-event", domain.option, "--session=" + name, event);
        }
        lttng("start", name);
    }

    private static boolean isDaemonThere() throws IOException, InterruptedException {
        try {
            lttng("list");
            return true;
        } catch (final IllegalStateException e) {
            return false;
        }
    }

    private static void lttng(final String... arguments) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(List.of("lttng", "--no-sessiond"));
        command.addAll(List.of(arguments));
        Tool.run(TOOL_S, command);
    }

    /**
     * Ends the session and counts the events in its files.
     *
     * @param others events beside those that were measured
     */
    public Stored finish(final long others) throws IOException, InterruptedException {
        lttng("stop", name);
        destroy();
        final String counts = Tool.run(READING_S, List.of("babeltrace2", output.toString(), "--component",
            "sink.utils.counter", "--params", "step=+0"));
        final Matcher matcher = EVENTS.matcher(counts);
        if (!matcher.find()) {
            throw new IllegalStateException("babeltrace2 has counted no events: " + counts);
        }
        return new Stored(Long.parseLong(matcher.group(1)) - others, "events that babeltrace2 counts in its files")
            .onDisk(output);
    }

    /** At the end of this JVM by a signal: a daemon that somebody else has started would keep the session for ever. */
    private void destroyAtOnce() {
        try {
            final Process process = new ProcessBuilder("lttng", "--no-sessiond", "destroy", "--no-wait", name)
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            if (!process.waitFor(END_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (final IOException e) {
            // Then it cannot be told: there is no lttng any more.
            isCreated = false;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void destroy() throws IOException, InterruptedException {
        if (isCreated) {
            isCreated = false;
            lttng("destroy", name);
            settle.run();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            destroy();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (daemon != null) {
                daemon.destroy();
                daemon.onExit().orTimeout(TOOL_S, TimeUnit.SECONDS).join();
            }
        }
    }
}
