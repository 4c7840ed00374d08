// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.memory;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How much memory is left for this process: the least of what its memory cgroups (version 1 and 2, each level up to the
 * mounted root) and the machine leave. The kernel kills a process that takes more, so this must be asked before any
 * page is taken. A limit that cannot be read is taken for no limit. For one thread at a time.
 */
public final class MachineMemory {
    /** Greater than any real limit: cgroups of version 1 use a number near the greatest long for "no limit". */
    private static final long NO_LIMIT = 1L << 60;
    private static final int UNIT_KIB = 1024;
    private static final int FIRST_LENGTH = 8 << 10;

    private final File root;
    /** What files are read into: kept, because this is asked many times a second. */
    private byte[] buffer = new byte[FIRST_LENGTH];
    private String membership = "";
    private List<Level> levels = List.of();
    private String tightest = "the machine";
    private boolean hasReadMachine;
    private long left = NO_LIMIT;

    /** Reads what this process may use. */
    MachineMemory() {
        this(new File("/"));
    }

    /** For tests: reads all files below another root directory. */
    MachineMemory(final File root) {
        this.root = root;
    }

    /**
     * What is left for this process.
     *
     * @param bytes    how much, in bytes; a large number if nothing limits it
     * @param tightest what leaves the least: the machine or a cgroup, in words
     */
    public record Left(long bytes, String tightest) {
    }

    /** Looks once. Any thread. */
    public static Left look() {
        final MachineMemory memory = new MachineMemory();
        final long bytes = memory.leftBytes();
        return new Left(bytes, memory.tightest());
    }

    /** A cgroup's directory, and which version's names its files have. */
    private record Level(File directory, boolean isUnified) {
    }

    /** The bytes that a cgroup leaves. Inactive file pages count as free, because the kernel drops them first. */
    private long left(final Level level) {
        final long limit = level.isUnified ? Math.min(number(level, "memory.max"), number(level, "memory.high"))
            : number(level, "memory.limit_in_bytes");
        if (limit >= NO_LIMIT) {
            return NO_LIMIT;
        }
        final long used = number(level, level.isUnified ? "memory.current" : "memory.usage_in_bytes");
        final long unused = field(text(new File(level.directory, "memory.stat")),
            level.isUnified ? "inactive_file " : "total_inactive_file ", 0);
        return used >= NO_LIMIT ? NO_LIMIT : Math.max(0, limit - used + Math.min(used, unused));
    }

    private long number(final Level level, final String name) {
        return parse(text(new File(level.directory, name)).trim(), NO_LIMIT);
    }

    /**
     * Bytes that are left; a large number if nothing limits them. If a file that could be read before cannot be read
     * now, for example because the process has no descriptor left, the former value holds: no limit must be forgotten.
     */
    long leftBytes() {
        final String now = text(new File(root, "proc/self/cgroup"));
        final String machine = text(new File(root, "proc/meminfo"));
        if (now.isEmpty() && !membership.isEmpty() || machine.isEmpty() && hasReadMachine) {
            return left;
        }
        hasReadMachine |= !machine.isEmpty();
        if (!now.equals(membership)) {
            levels = levels(now);
            membership = now;
        }
        left = least(field(machine, "MemAvailable:", NO_LIMIT / UNIT_KIB) * UNIT_KIB);
        return left;
    }

    private long least(final long ofMachine) {
        long least = ofMachine;
        tightest = "the machine";
        for (final Level level : levels) {
            final long left = left(level);
            if (left < least) {
                least = left;
                tightest = "the memory cgroup " + level.directory;
            }
        }
        return least;
    }

    /** What left least at the last look: the machine or a cgroup, in words. */
    String tightest() {
        return tightest;
    }

    private List<Level> levels(final String memberships) {
        final List<Level> found = new ArrayList<>();
        for (final String line : text(new File(root, "proc/self/mountinfo")).split("\n")) {
            final int separator = line.indexOf(" - ");
            final String[] mount = line.split(" ");
            final String[] kind = separator < 0 ? new String[0] : line.substring(separator + 3).split(" ");
            if (mount.length > 4 && kind.length > 2) {
                final boolean isUnified = kind[0].equals("cgroup2");
                if (isUnified || kind[0].equals("cgroup") && isIn("memory", kind[2])) {
                    addLevels(found, path(memberships, isUnified), unescaped(mount[3]), unescaped(mount[4]), isUnified);
                }
            }
        }
        return found;
    }

    /** Adds the process's cgroup directory and the directories above it, as far as they are mounted. */
    private void addLevels(final List<Level> found, final String path, final String mountedPath,
                           final String mountPoint, final boolean isUnified) {
        final File top = new File(root, mountPoint);
        final String prefix = mountedPath.equals("/") ? "" : mountedPath;
        File directory = new File(top, (path + "/").startsWith(prefix + "/") ? path.substring(prefix.length()) : "");
        // In some containers the process's cgroup is outside of what is mounted. Then the top directory stands for it.
        directory = directory.isDirectory() && !path.contains("..") ? directory : top;
        while (directory != null && directory.getPath().startsWith(top.getPath())) {
            found.add(new Level(directory, isUnified));
            directory = directory.getParentFile();
        }
    }

    /** The process's path in a hierarchy: "0::/path" in the unified one, "5:memory:/path" in that of version 1. */
    private static String path(final String memberships, final boolean isUnified) {
        for (final String line : memberships.split("\n")) {
            final String[] fields = line.split(":", 3);
            if (fields.length == 3 && (isUnified ? fields[1].isEmpty() : isIn("memory", fields[1]))) {
                return fields[2];
            }
        }
        return "/";
    }

    private static boolean isIn(final String word, final String list) {
        return List.of(list.split(",")).contains(word);
    }

    /** A path as mountinfo writes it, with a blank as \040. */
    private static String unescaped(final String path) {
        return path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
    }

    /** The number after a word that begins a line. */
    private static long field(final String text, final String word, final long byDefault) {
        final int at = text.startsWith(word) ? 0 : text.indexOf("\n" + word) + 1;
        if (at == 0 && !text.startsWith(word)) {
            return byDefault;
        }
        return parse(text.substring(at + word.length()).trim().split("\\s", 2)[0], byDefault);
    }

    private static long parse(final String number, final long byDefault) {
        return number.matches("\\d{1,18}") ? Long.parseLong(number) : byDefault;
    }

    /**
     * Reads a file as text, but not through a channel: application threads call this, and an interrupted thread closes
     * its channel.
     */
    private String text(final File file) {
        try (InputStream in = new FileInputStream(file)) {
            int length = 0;
            for (int more = in.read(buffer); more > 0; more = in.read(buffer, length, buffer.length - length)) {
                length += more;
                if (length == buffer.length) {
                    buffer = Arrays.copyOf(buffer, 2 * length);
                }
            }
            return new String(buffer, 0, length, StandardCharsets.UTF_8);
        } catch (final IOException | RuntimeException e) {
            return "";
        }
    }
}
