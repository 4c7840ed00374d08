// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * A file that was found by a name that others can change. It is opened before anything is asked of it, and without
 * its content: that waits for nobody and changes nothing, whatever the name leads to by then. What is read or attached
 * to later is this very file, whatever its name leads to then. For one thread.
 */
public final class OpenedFile implements AutoCloseable {
    private static final int O_PATH = 0x200000;
    private static final int KERNEL_MINOR_BITS = 20;

    private final Path name;
    private final int fd;
    private final Path descriptor;
    private final FileIdentity identity;

    private OpenedFile(final Path name, final int fd) throws IOException {
        this.name = name;
        this.fd = fd;
        descriptor = Path.of("/proc/self/fd/" + fd);
        final Map<String, Object> attributes = Files.readAttributes(descriptor, "unix:isRegularFile,dev,ino");
        if (!(Boolean) attributes.get("isRegularFile")) {
            throw new IOException("it is no regular file");
        }
        identity = new FileIdentity(kernelDevice((Long) attributes.get("dev")),
            Long.toUnsignedString((Long) attributes.get("ino")));
    }

    /**
     * Opens a file.
     *
     * @throws IOException if there is none of that name, or it is no regular file: a pipe would be waited for, and a
     *                     device can do anything when it is opened
     */
    public static OpenedFile open(final Path name) throws IOException {
        final NativeCalls calls = NativeCalls.get();
        final int fd = calls.openOrErrno(name.toString(), O_PATH | NativeCalls.O_CLOEXEC, 0);
        if (fd == -NativeCalls.ENOENT) {
            throw new NoSuchFileException(name.toString());
        }
        if (fd < 0) {
            throw new IOException(calls.errorText(-fd));
        }
        try {
            return new OpenedFile(name, fd);
        } catch (final IOException e) {
            calls.close(fd);
            throw e;
        }
    }

    /** Which file it is. */
    public FileIdentity identity() {
        return identity;
    }

    /** A path that leads to this very file for as long as it is open, in this process only. */
    public Path path() {
        return descriptor;
    }

    /** Its content, which needs the right to read it; the caller closes the channel. */
    public FileChannel channel() throws IOException {
        try {
            return FileChannel.open(descriptor, StandardOpenOption.READ);
        } catch (final IOException e) {
            throw new IOException("it may not be read", e);
        }
    }

    /** stat(2) splits the minor number around the major one; the kernel keeps it in the low 20 bits. */
    private static long kernelDevice(final long statDevice) {
        final long major = statDevice >>> 8 & 0xfff;
        final long minor = statDevice & 0xff | statDevice >>> 12 & 0xfff00;
        return major << KERNEL_MINOR_BITS | minor;
    }

    @Override
    public void close() {
        NativeCalls.get().close(fd);
    }

    @Override
    public String toString() {
        return name.toString();
    }
}
