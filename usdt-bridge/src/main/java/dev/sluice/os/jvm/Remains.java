// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.jvm;

import java.io.Closeable;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;

/**
 * Gives back what a copy of the library has taken and the collector cannot: files, descriptors, loaded objects. Like
 * {@link WeakLoop}, this class is defined in a loader of its own and uses only classes of the JDK: it runs when the
 * copy's classes are unloaded or, for the files alone, when the process ends.
 */
final class Remains implements Runnable {
    private final Map<Path, Closeable> files;
    private final Collection<Closeable> descriptors;
    private final Collection<MethodHandle> lastCalls;

    /**
     * {@link JdkInternals} calls this by reflection. All collections may change until {@link #run} is called.
     *
     * @param files       to be removed, with the descriptors that hold their locks
     * @param descriptors to be closed behind the last calls, or null to remove files alone
     * @param lastCalls   to be made, without arguments and results
     */
    Remains(final Map<Path, Closeable> files, final Collection<Closeable> descriptors,
            final Collection<MethodHandle> lastCalls) {
        this.files = files;
        this.descriptors = descriptors;
        this.lastCalls = lastCalls;
    }

    @Override
    public void run() {
        files.keySet().forEach(Remains::remove);
        if (descriptors != null) {
            lastCalls.forEach(Remains::call);
            // Descriptors are closed after the calls: the linker knows an object by its descriptor's number, and that
            // number is free from here on.
            descriptors.forEach(Remains::close);
            files.values().forEach(Remains::close);
            files.clear();
        }
    }

    private static void remove(final Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (final IOException | RuntimeException e) {
            // The next process's sweep removes the file.
            return;
        }
    }

    private static void close(final Closeable descriptor) {
        try {
            descriptor.close();
        } catch (final IOException | RuntimeException e) {
            // Nobody is left who could be told.
            return;
        }
    }

    private static void call(final MethodHandle call) {
        try {
            call.invokeExact();
        } catch (final Throwable e) {
            // Nobody is left who could be told, and the process may be about to end.
            return;
        }
    }
}
