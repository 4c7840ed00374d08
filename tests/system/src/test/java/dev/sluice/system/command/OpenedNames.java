// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** Names of the files in some directories that any process has opened, executed or read since (inotify). */
public final class OpenedNames implements AutoCloseable {
    private static final int IN_NONBLOCK = 0x800;
    private static final int IN_ACCESS = 1;
    private static final int IN_OPEN = 0x20;
    private static final int IN_ISDIR = 0x4000_0000;
    private static final int EVENT_LENGTH = 16;
    private static final int MASK_OFFSET = 4;
    private static final int NAME_LENGTH_OFFSET = 12;
    private static final int BUFFER_LENGTH = 1 << 16;
    private static final int EAGAIN = 11;

    static {
        Native.register(OpenedNames.class, (String) null);
    }

    private final int fd = inotify_init1(IN_NONBLOCK);
    private final Set<String> names = new TreeSet<>();

    @SuppressWarnings("checkstyle:MethodName")
    private static native int inotify_init1(int flags) throws LastErrorException;

    @SuppressWarnings("checkstyle:MethodName")
    private static native int inotify_add_watch(int fd, String path, int mask) throws LastErrorException;

    private static native long read(int fd, Memory buffer, long length) throws LastErrorException;

    private static native int close(int fd) throws LastErrorException;

    /** Watches a directory's files, not those in directories below it. */
    public void watch(final Path directory) {
        inotify_add_watch(fd, directory.toString(), IN_ACCESS | IN_OPEN);
    }

    /** The names so far. */
    public Set<String> names() {
        try (Memory buffer = new Memory(BUFFER_LENGTH)) {
            for (long length = readSome(buffer); length > 0; length = readSome(buffer)) {
                for (long at = 0; at < length; at += EVENT_LENGTH + buffer.getInt(at + NAME_LENGTH_OFFSET)) {
                    final String name = buffer.getInt(at + NAME_LENGTH_OFFSET) == 0 ? ""
                        : buffer.getString(at + EVENT_LENGTH, StandardCharsets.UTF_8.name());
                    // The directory itself may be opened: only what is in it could have been laid there.
                    if (!name.isEmpty() && (buffer.getInt(at + MASK_OFFSET) & IN_ISDIR) == 0) {
                        names.add(name);
                    }
                }
            }
        }
        return names;
    }

    private long readSome(final Memory buffer) {
        try {
            return read(fd, buffer, BUFFER_LENGTH);
        } catch (final LastErrorException e) {
            if (e.getErrorCode() == EAGAIN) {
                return 0;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        close(fd);
    }
}
