// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * One process as the kernel shows it. Its identity is the pidfd together with the start time: whatever is read through
 * /proc belongs to it if it is still alive by the pidfd afterwards. Any thread.
 */
public final class TargetProcess implements AutoCloseable {
    /** Field of /proc/PID/stat that has the start time in clock ticks since boot, counted after the command's name. */
    private static final int START_TIME_FIELD = 19;

    private final long pid;
    private final PidFd pidFd;
    private final long startTime;

    private TargetProcess(final long pid, final PidFd pidFd, final long startTime) {
        this.pid = pid;
        this.pidFd = pidFd;
        this.startTime = startTime;
    }

    /**
     * Opens a process.
     *
     * @throws AttachException if there is none with this id
     */
    public static TargetProcess open(final long pid) {
        final PidFd pidFd = PidFd.open(pid);
        try {
            final TargetProcess process = new TargetProcess(pid, pidFd, startTimeOf(Path.of("/proc/" + pid)));
            process.checkAlive();
            return process;
        } catch (final RuntimeException e) {
            pidFd.close();
            throw e;
        }
    }

    /** Its id in our own pid namespace. */
    public long pid() {
        return pid;
    }

    /** When it started, in the kernel's clock ticks since boot. */
    public long startTime() {
        return startTime;
    }

    /** Whether it has ended. */
    public boolean hasExited() {
        return pidFd.hasExited(0);
    }

    /** Waits for its end, at most so many milliseconds; returns whether it has ended. */
    public boolean awaitExit(final int waitMs) {
        return pidFd.hasExited(waitMs);
    }

    /** Its id as it sees it itself, in the innermost pid namespace. */
    public long pidInside() {
        for (final String line : read(path("status")).split("\n")) {
            if (line.startsWith("NSpid:")) {
                final String[] ids = line.substring("NSpid:".length()).trim().split("\\s+");
                return Long.parseLong(ids[ids.length - 1]);
            }
        }
        return pid;
    }

    /** The user id it runs as. */
    public int uid() {
        for (final String line : read(path("status")).split("\n")) {
            if (line.startsWith("Uid:")) {
                return (int) Long.parseLong(line.substring("Uid:".length()).trim().split("\\s+")[1]);
            }
        }
        return -1;
    }

    /**
     * Says why the process may not be looked into although its directory may be listed: another process may look only
     * if it has all capabilities that this one has.
     *
     * @param call what was refused
     */
    AttachException notInspectable(final String call, final IOException e) {
        final long missing = capabilities(path("status")) & ~capabilities(Path.of("/proc/self/status"));
        return new AttachException(AttachException.Reason.PERMISSION, call + " failed: permission denied; "
            + (missing == 0 ? "the process, or a policy of this system, keeps others from looking into it"
            : "the process has capabilities that this sluice has not (0x" + Long.toHexString(missing) + ")")
            + ": run sluice as root", e);
    }

    /** The permitted capabilities in a status file. */
    private static long capabilities(final Path status) {
        for (final String line : read(status).split("\n")) {
            if (line.startsWith("CapPrm:")) {
                return Long.parseUnsignedLong(line.substring("CapPrm:".length()).trim(), 16);
            }
        }
        return 0;
    }

    /** Its command line, arguments separated by blanks. */
    public String commandLine() {
        return read(path("cmdline")).replace('\0', ' ').trim();
    }

    /**
     * The ids of one of its threads in all pid namespaces, ours first and the thread's own last; empty if the thread
     * has ended.
     *
     * @param tid its id in our own namespace
     */
    List<Integer> threadIds(final int tid) {
        try {
            // The name in it is bytes, and not ours to choose.
            final String status = new String(Files.readAllBytes(path("task/" + tid + "/status")),
                StandardCharsets.UTF_8);
            for (final String line : status.split("\n")) {
                if (line.startsWith("NSpid:")) {
                    return Stream.of(line.substring("NSpid:".length()).trim().split("\\s+")).map(Integer::valueOf)
                        .toList();
                }
            }
            return List.of(tid);
        } catch (final IOException e) {
            return List.of();
        }
    }

    /**
     * The kernel's name of one of its threads; empty if the thread has ended.
     *
     * @param tid its id in our own namespace
     */
    String threadName(final int tid) {
        try {
            return new String(Files.readAllBytes(path("task/" + tid + "/comm")), StandardCharsets.UTF_8).trim();
        } catch (final IOException e) {
            return "";
        }
    }

    /** A path below its directory in /proc. */
    public Path path(final String below) {
        return Path.of("/proc/" + pid + '/' + below);
    }

    /**
     * Makes sure that what was read through /proc up to now was of this process.
     *
     * @throws AttachException if it has ended
     */
    public void checkAlive() {
        if (hasExited()) {
            throw noSuchProcess(pid);
        }
    }

    @Override
    public void close() {
        pidFd.close();
    }

    @Override
    public String toString() {
        return "process " + pid;
    }

    static AttachException noSuchProcess(final long pid) {
        return new AttachException(AttachException.Reason.NO_SUCH_PROCESS,
            "no process " + pid + ": it does not exist or has ended; 'sluice list --all' shows what can be traced");
    }

    /** Whether it is stopped, by a signal or by a debugger; false where it has ended or may not be looked into. */
    public boolean isStopped() {
        try {
            final String stat = read(path("stat"));
            return "Tt".indexOf(stat.charAt(stat.lastIndexOf(')') + 2)) >= 0;
        } catch (final AttachException | IndexOutOfBoundsException e) {
            return false;
        }
    }

    private static long startTimeOf(final Path directory) {
        final String stat = read(directory.resolve("stat"));
        // The command's name is in parentheses and may itself hold blanks and parentheses.
        final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[START_TIME_FIELD]);
    }

    private static String read(final Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Says why a file below /proc could not be used. */
    static AttachException unreadable(final Path file, final IOException e) {
        final long pid = Long.parseLong(file.getName(1).toString());
        if (e instanceof NoSuchFileException || !Files.exists(Path.of("/proc/" + pid))) {
            return noSuchProcess(pid);
        }
        if (e instanceof AccessDeniedException || String.valueOf(e.getMessage()).contains("ermission")) {
            return new AttachException(AttachException.Reason.PERMISSION, "open(" + file
                + ") failed: permission denied; run sluice as the user that runs process " + pid + ", or as root", e);
        }
        return new AttachException(
            AttachException.Reason.ENVIRONMENT, "open(" + file + ") failed: " + e.getMessage(), e);
    }
}
