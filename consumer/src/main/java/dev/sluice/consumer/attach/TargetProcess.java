// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.os.Errno;
import dev.sluice.os.NativeCalls;
import dev.sluice.os.Remedy;
import dev.sluice.os.proc.ProcessAccess;
import dev.sluice.os.proc.ProcessStat;
import dev.sluice.os.proc.ProcessStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * One process as the kernel shows it. The pidfd and the start time identify it: what was read through /proc belongs to
 * this process if the pidfd shows afterwards that the process is still alive. Any thread.
 */
public final class TargetProcess implements AutoCloseable {
    private static final int MAX_COMMAND_LENGTH = 1 << 20;
    private static final int MAX_RELEASE_LENGTH = 1 << 16;
    private static final String VERSION_KEY = "JAVA_VERSION=";

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
     * @throws AttachException if there is no process with this id
     */
    public static TargetProcess open(final long pid) {
        final PidFd pidFd = PidFd.open(pid);
        try {
            final TargetProcess process = new TargetProcess(pid, pidFd, startTimeOf(pid));
            process.checkAlive();
            return process;
        } catch (final RuntimeException e) {
            pidFd.close();
            throw e;
        }
    }

    /** The process's id in the pid namespace of this consumer. */
    public long pid() {
        return pid;
    }

    /** When the process started, in clock ticks since boot. */
    public long startTime() {
        return startTime;
    }

    /** Whether the process has ended. */
    public boolean hasExited() {
        return pidFd.hasExited(0);
    }

    /** Waits for the process's end, at most so many milliseconds. Returns whether the process has ended. */
    public boolean awaitExit(final int waitMs) {
        return pidFd.hasExited(waitMs);
    }

    /** The id that the process has for itself, in its innermost pid namespace. */
    public long pidInside() {
        return status().idInside((int) pid);
    }

    /** The user id that the process runs as. */
    public int uid() {
        final List<Integer> ids = status().userIds();
        return ids.isEmpty() ? -1 : ids.get(ProcessStatus.EFFECTIVE);
    }

    /**
     * The error for a process that may not be looked into although its directory may be listed.
     *
     * @param call what was refused
     */
    AttachException notInspectable(final String call, final IOException e) {
        final ProcessStatus process = status();
        final ProcessStatus own = ProcessAccess.own();
        return new AttachException(AttachException.Reason.PERMISSION, call + " failed: permission denied; "
            + (own == null ? "run sluice as the user that runs the process, or as root"
                : ProcessAccess.whyClosed(process, own)), e);
    }

    private ProcessStatus status() {
        try {
            return ProcessStatus.read(path(""));
        } catch (final IOException e) {
            throw unreadable(path("status"), e);
        }
    }

    /** The process's command line, arguments separated by blanks. */
    public String commandLine() {
        return read(path("cmdline")).replace('\0', ' ').trim();
    }

    /**
     * The arguments that a process was started with, the first one its command; of a very long line only the begin.
     * Empty if there is no such process, or it says nothing, as threads of the kernel do. The process may have written
     * over them.
     */
    public static List<String> argumentsOf(final long pid) {
        try (InputStream in = Files.newInputStream(Path.of("/proc/" + pid + "/cmdline"))) {
            final String line = new String(in.readNBytes(MAX_COMMAND_LENGTH), StandardCharsets.UTF_8);
            return line.isEmpty() ? List.of() : List.of(line.split("\0"));
        } catch (final IOException e) {
            return List.of();
        }
    }

    /**
     * The ids of one of the process's threads in all pid namespaces: that of this consumer first, the thread's own
     * last. Empty if the thread has ended.
     *
     * @param tid the thread's id in the namespace of this consumer
     */
    List<Integer> threadIds(final int tid) {
        try {
            final List<Integer> ids = ProcessStatus.read(path("task/" + tid)).ids();
            return ids.isEmpty() ? List.of(tid) : ids;
        } catch (final IOException e) {
            return List.of();
        }
    }

    /**
     * The kernel's name of one of the process's threads; empty if the thread has ended.
     *
     * @param tid the thread's id in the namespace of this consumer
     */
    String threadName(final int tid) {
        try {
            return new String(Files.readAllBytes(path("task/" + tid + "/comm")), StandardCharsets.UTF_8).trim();
        } catch (final IOException e) {
            return "";
        }
    }

    /** A path below the process's directory in /proc. */
    public Path path(final String below) {
        return Path.of("/proc/" + pid + '/' + below);
    }

    /**
     * Makes sure that everything that was read through /proc so far belonged to this process.
     *
     * @throws AttachException if the process has ended
     */
    public void checkAlive() {
        if (hasExited()) {
            throw noSuchProcess(pid);
        }
    }

    /** Whether a JVM is mapped in the process; true also if that cannot be seen. */
    boolean hasJvm() {
        try (Stream<String> mappings = Files.lines(path("maps"), StandardCharsets.ISO_8859_1)) {
            return mappings.anyMatch(mapping -> mapping.contains("/libjvm.so"));
        } catch (final IOException | UncheckedIOException e) {
            return true;
        }
    }

    /** The Java version in the release file of the process's JDK; empty if unknown. */
    public String javaVersion() {
        try {
            final Path home = homeOf(Files.readSymbolicLink(path("exe")));
            if (home == null) {
                return "";
            }
            final Path release = path("root" + home + "/release");
            if (!Files.isRegularFile(release) || Files.size(release) > MAX_RELEASE_LENGTH) {
                return "";
            }
            for (final String line : Files.readString(release).split("\n")) {
                if (line.startsWith(VERSION_KEY)) {
                    return line.substring(VERSION_KEY.length()).replace("\"", "").trim();
                }
            }
        } catch (final IOException e) {
            // This user may not see the file, or it is not a text. The version is only for information, so this is no
            // failure.
            return "";
        }
        return "";
    }

    /** The JDK of a launcher: DIR of DIR/bin/java. Null if the path has too few directories. */
    static Path homeOf(final Path launcher) {
        final Path bin = launcher.getParent();
        return bin == null ? null : bin.getParent();
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

    /**
     * Whether the process is stopped, by a signal or by a debugger. False if it has ended or may not be looked into.
     */
    public boolean isStopped() {
        try {
            return ProcessStat.read(path("")).isStopped();
        } catch (final IOException e) {
            return false;
        }
    }

    private static long startTimeOf(final long pid) {
        final Path directory = Path.of("/proc/" + pid);
        try {
            return ProcessStat.read(directory).startTime();
        } catch (final IOException e) {
            throw unreadable(directory.resolve("stat"), e);
        }
    }

    private static String read(final Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw unreadable(file, e);
        }
    }

    /** The error for a file below /proc that could not be used. */
    static AttachException unreadable(final Path file, final IOException e) {
        final long pid = Long.parseLong(file.getName(1).toString());
        if (e instanceof NoSuchFileException || !Files.exists(Path.of("/proc/" + pid))) {
            return noSuchProcess(pid);
        }
        if (isRefused(file, e)) {
            return new AttachException(AttachException.Reason.PERMISSION,
                "open(" + file + ") failed: permission denied; " + ProcessAccess.remedy(pid), e);
        }
        return new AttachException(
            AttachException.Reason.ENVIRONMENT, "open(" + file + ") failed: " + Remedy.describe(e), e);
    }

    /**
     * Whether the kernel refuses a file because of this process's rights. If the open fails with EACCES, the JDK throws
     * a type of its own; otherwise it gives only the system's text, which may be in any language. So the kernel is
     * asked once more.
     */
    private static boolean isRefused(final Path file, final IOException e) {
        if (e instanceof AccessDeniedException) {
            return true;
        }
        final NativeCalls calls = NativeCalls.get();
        final int fd = calls.openOrErrno(file.toString(),
            NativeCalls.O_RDONLY | NativeCalls.O_CLOEXEC | NativeCalls.O_NONBLOCK, 0);
        if (fd >= 0) {
            calls.close(fd);
        }
        return fd == -Errno.EACCES || fd == -Errno.EPERM;
    }
}
