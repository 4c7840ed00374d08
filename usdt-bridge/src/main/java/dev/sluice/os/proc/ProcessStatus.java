// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.proc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The file {@code status} in /proc of a process or a thread, as it was when it was read: lines of a name, a colon and
 * values. Immutable: any thread.
 */
public final class ProcessStatus {
    /** Values of a line of user or group ids: real, effective, saved and file system. */
    public static final int IDS = 4;
    /** The index of the effective id in such a line. */
    public static final int EFFECTIVE = 1;

    private static final int RADIX = 16;

    private final Map<String, List<String>> lines = new HashMap<>();

    private ProcessStatus(final String text) {
        text.lines().forEach(line -> {
            final int colon = line.indexOf(':');
            if (colon > 0) {
                final String values = line.substring(colon + 1).strip();
                lines.put(line.substring(0, colon), values.isEmpty() ? List.of() : List.of(values.split("\\s+")));
            }
        });
    }

    /**
     * Reads the file.
     *
     * @param directory directory of the process or the thread: {@code /proc/PID} or {@code /proc/PID/task/TID}
     * @throws IOException if the process or thread has ended, or this user may not look at it
     */
    public static ProcessStatus read(final Path directory) throws IOException {
        // The file contains the process's name, which may be any bytes. The kernel has escaped line ends in the name.
        return of(new String(Files.readAllBytes(directory.resolve("status")), StandardCharsets.ISO_8859_1));
    }

    /** What a text says. */
    static ProcessStatus of(final String text) {
        return new ProcessStatus(text);
    }

    /**
     * The ids of the process in all pid namespaces: that of this process first, the process's own namespace last. Empty
     * on kernels before 4.1.
     */
    public List<Integer> ids() {
        return lines.getOrDefault("NSpid", List.of()).stream().map(Integer::valueOf).toList();
    }

    /** The id in the process's own, innermost, pid namespace; the given id if the kernel does not say. */
    public int idInside(final int idHere) {
        final List<Integer> ids = ids();
        return ids.isEmpty() ? idHere : ids.get(ids.size() - 1);
    }

    /** The id of the process that a thread belongs to, its own id for a process; -1 if the kernel does not say. */
    public int processId() {
        return number("Tgid");
    }

    /** The user ids, {@link #IDS} of them, unsigned. */
    public List<Integer> userIds() {
        return ids("Uid");
    }

    /** The group ids, {@link #IDS} of them, unsigned. */
    public List<Integer> groupIds() {
        return ids("Gid");
    }

    private List<Integer> ids(final String name) {
        return lines.getOrDefault(name, List.of()).stream().map(Integer::parseUnsignedInt).toList();
    }

    /** The permitted capabilities, one bit each. */
    public long permittedCapabilities() {
        return capabilities("CapPrm");
    }

    /** The effective capabilities, one bit each. */
    public long effectiveCapabilities() {
        return capabilities("CapEff");
    }

    /** How system calls are filtered: 0 not at all, 1 strictly, 2 by a program; -1 if the kernel does not say. */
    public int seccompMode() {
        return number("Seccomp");
    }

    /** Whether programs that are started get no rights from their file; false if the kernel does not say. */
    public boolean hasNoNewPrivileges() {
        return number("NoNewPrivs") == 1;
    }

    private int number(final String name) {
        final List<String> values = lines.getOrDefault(name, List.of());
        return values.isEmpty() ? -1 : Integer.parseInt(values.get(0));
    }

    private long capabilities(final String name) {
        final List<String> values = lines.getOrDefault(name, List.of());
        return values.isEmpty() ? 0 : Long.parseUnsignedLong(values.get(0), RADIX);
    }
}
