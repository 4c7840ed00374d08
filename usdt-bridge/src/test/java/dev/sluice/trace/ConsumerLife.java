// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.ControlFileDescriptor;
import dev.sluice.usdt.NativeCalls;
import dev.sluice.usdt.OpenFileLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What the target takes for a consumer that lives: the lock of an epoch, on the control files of this process. */
final class ConsumerLife implements AutoCloseable {
    private final List<Integer> descriptors = new ArrayList<>();

    /** Begins the life of the consumer of an epoch. */
    static ConsumerLife begin(final int epoch) {
        final ConsumerLife life = new ConsumerLife();
        for (final Path file : controlFiles()) {
            final int fd = NativeCalls.get().open(
                file.toString(), NativeCalls.O_RDWR | NativeCalls.O_CLOEXEC, 0);
            life.descriptors.add(fd);
            if (!new OpenFileLock(fd).tryTake(ControlFileDescriptor.lifeLockOffset(epoch))) {
                throw new IllegalStateException("another consumer has epoch " + epoch);
            }
        }
        return life;
    }

    private static List<Path> controlFiles() {
        final String name = "/memfd:" + ControlFileDescriptor.MEMFD_NAME + " (deleted)";
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(file -> name.equals(linkOf(file))).toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String linkOf(final Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (final IOException e) {
            // Closed meanwhile: that of the listing itself.
            return "";
        }
    }

    /** The consumer dies. */
    @Override
    public void close() {
        descriptors.forEach(NativeCalls.get()::close);
        descriptors.clear();
    }
}
