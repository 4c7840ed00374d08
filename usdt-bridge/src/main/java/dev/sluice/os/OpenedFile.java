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
 * A file that was found by a name, where other users can change what the name leads to. The file is opened before
 * anything else is asked about it, and without access to its content: such an open never waits and changes nothing,
 * whatever the name leads to. What is read or attached to later is this very file, even if the name leads to another
 * file by then. For one thread.
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
     * @throws IOException if there is no file of that name, or it is no regular file: the open of a pipe would wait,
     *                     and a device may do anything when it is opened
     */
    public static OpenedFile open(final Path name) throws IOException {
        final NativeCalls calls = NativeCalls.get();
        final int fd = calls.openOrErrno(name.toString(), O_PATH | NativeCalls.O_CLOEXEC, 0);
        if (fd == -Errno.ENOENT) {
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

    /** A path that leads to this very file, for as long as this object is open and in this process only. */
    public Path path() {
        return descriptor;
    }

    /** The file's content. This needs the right to read the file. The caller closes the channel. */
    public FileChannel channel() throws IOException {
        try {
            return FileChannel.open(descriptor, StandardOpenOption.READ);
        } catch (final IOException e) {
            throw new IOException("it may not be read", e);
        }
    }

    /** stat(2) splits the minor number around the major number; inside the kernel it is in the low 20 bits. */
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
