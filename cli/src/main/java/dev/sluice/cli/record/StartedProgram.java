// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.os.NativeCalls;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A program that this process has started, with its own input and outputs. What it loads of Sluice waits for the
 * recording before its first event: for as long as this process lives, a file that it names is there, and at most a
 * minute. For one thread.
 */
final class StartedProgram implements AutoCloseable {
    /** What {@code RecorderWait} in the program reads: this process's id, a colon, and the file. */
    private static final String VARIABLE = "SLUICE_RUN";
    private static final int WAIT_MS = 20;
    private static final long OWN_END_NS = 300_000_000L;

    private final Process process;
    private final Path waited;
    /** The process that was found last to share something of Sluice; 0 if none was. */
    private long target;
    private boolean isTold;
    /** When the wish to end was seen first; 0 if it was not yet. */
    private long seenNs;

    private StartedProgram(final Process process, final Path waited) {
        this.process = process;
        this.waited = waited;
    }

    /**
     * Starts it, in the directory that this command was called in.
     *
     * @throws CommandException if it cannot be started
     */
    static StartedProgram start(final List<String> command) {
        Path waited = null;
        boolean isStarted = false;
        try {
            waited = Files.createTempFile("sluice-run-", "");
            final ProcessBuilder builder =
                new ProcessBuilder(command).inheritIO().directory(new File(System.getProperty("user.dir")));
            builder.environment().put(VARIABLE, ProcessHandle.current().pid() + ":" + waited);
            final StartedProgram started = new StartedProgram(builder.start(), waited);
            isStarted = true;
            return started;
        } catch (final IOException e) {
            throw new CommandException("cannot start the program: " + e.getMessage().strip() + "; name one that is on"
                + " the search path, or give its path, behind '--'", e);
        } finally {
            if (!isStarted && waited != null) {
                remove(waited);
            }
        }
    }

    private static void remove(final Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (final IOException e) {
            // An empty file is left, and the program goes on after some seconds.
            return;
        }
    }

    /** The process, it or one that it has started, that shares something of Sluice; empty if there is none yet. */
    OptionalLong target() {
        final OptionalLong found = Stream.concat(Stream.of(process.toHandle()), process.descendants())
            .mapToLong(ProcessHandle::pid).filter(TargetFinder::isTarget).findFirst();
        target = found.orElse(target);
        return found;
    }

    /** Lets it go on where it waits for the recording. */
    void release() {
        remove(waited);
    }

    /**
     * Tells it to end (SIGTERM), if somebody wants this command to end and it was not told before, and lets it go on if
     * it is stopped, as it hears nothing before. The process that is recorded may be one that the program has started,
     * a script, say, and is told the same: a shell passes nothing on. Ctrl-C of a terminal reaches them too: they have
     * a moment to end by that, and with that exit status.
     */
    void endIfStopped() {
        if (StopSignals.isStopped() && !isTold) {
            final long nowNs = System.nanoTime();
            seenNs = seenNs == 0 ? nowNs : seenNs;
            if (nowNs - seenNs >= OWN_END_NS) {
                isTold = true;
                // Who has no parent any more is not found among the descendants.
                process.descendants().filter(started -> started.pid() == target).forEach(StartedProgram::end);
                end(process.toHandle());
            }
        }
    }

    private static void end(final ProcessHandle process) {
        process.destroy();
        NativeCalls.get().letGoOn(process.pid());
    }

    /** Whether it has ended; waits for a moment if it has not. */
    boolean awaitExit() {
        try {
            return process.waitFor(WAIT_MS, TimeUnit.MILLISECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return !process.isAlive();
        }
    }

    /** Its exit status, after it has ended: 128 and the signal's number if a signal has ended it. */
    int exitStatus() {
        return process.exitValue();
    }

    /** Lets it go on; it is not ended. */
    @Override
    public void close() {
        release();
    }
}
