// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.jvm;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What this copy of the library has taken and the garbage collector does not give back: files, descriptors, loaded
 * objects. {@link Remains} gives them back when the copy's classes are unloaded; the files also when the process ends.
 * Any thread.
 */
public final class Leftovers {
    private static final Map<Path, Closeable> FILES = new ConcurrentHashMap<>();
    private static final Collection<Closeable> DESCRIPTORS = ConcurrentHashMap.newKeySet();
    private static final Collection<MethodHandle> LAST_CALLS = new ConcurrentLinkedQueue<>();
    private static Thread hook;

    private Leftovers() {
    }

    /** What to run when the library's classes are unloaded. */
    static Runnable whenGone(final JdkInternals found) throws Throwable {
        return found.newRemains(FILES, DESCRIPTORS, LAST_CALLS);
    }

    /**
     * Arranges that a file is removed when the process ends or this copy of the library has been unloaded.
     *
     * @param descriptor an object of one of the JDK's classes, to be closed when the copy has been unloaded
     */
    public static synchronized void removeAtEnd(final Path file, final Closeable descriptor) {
        FILES.put(file, descriptor);
        if (hook == null) {
            hook = Threads.unstarted("sluice-stub-files", remainingFiles());
            runAtExit(hook);
        }
    }

    private static Runnable remainingFiles() {
        final JdkInternals known = Outliving.internals();
        try {
            return known == null ? new Remains(FILES, null, LAST_CALLS) : known.newRemains(FILES, null, LAST_CALLS);
        } catch (final VirtualMachineError e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Arranges that a thread starts when the process ends, unless this copy of the library has been unloaded by then.
     */
    static void runAtExit(final Thread thread) {
        try {
            callWhenGone(MethodHandles.insertArguments(MethodHandles.publicLookup().findVirtual(Runtime.class,
                "removeShutdownHook", MethodType.methodType(boolean.class, Thread.class)), 0, Runtime.getRuntime(),
                thread));
            Runtime.getRuntime().addShutdownHook(thread);
        } catch (final IllegalStateException e) {
            // The process ends already. What it leaves is swept by the next process.
            return;
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Says that a file was removed already. */
    public static void forget(final Path file) {
        FILES.remove(file);
    }

    /** Removes a file. A file that cannot be removed stays, and the sweep of a later process removes it. */
    private static void remove(final Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (final IOException e) {
            return;
        }
    }

    /** Removes all such files now, and closes their descriptors. */
    public static synchronized void removeFiles() {
        for (final Path file : FILES.keySet()) {
            final Closeable descriptor = FILES.get(file);
            FILES.remove(file);
            remove(file);
            close(descriptor);
        }
        if (hook != null) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (final IllegalStateException e) {
                // The process ends already, and its descriptors with it.
                return;
            }
            hook = null;
        }
    }

    /**
     * Arranges that a handle is called when this copy of the library has been unloaded. The handle must not refer to
     * the library; null is ignored.
     */
    public static void callWhenGone(final MethodHandle call) {
        if (call != null) {
            LAST_CALLS.add(call.asType(MethodType.methodType(void.class)));
        }
    }

    /**
     * Arranges that a descriptor is closed when this copy of the library has been unloaded. Its class must be one of
     * the JDK.
     */
    public static void closeWhenGone(final Closeable descriptor) {
        DESCRIPTORS.add(descriptor);
    }

    /** Closes a descriptor now, whether or not {@link #closeWhenGone} was called for it. */
    public static void close(final Closeable descriptor) {
        DESCRIPTORS.remove(descriptor);
        try {
            descriptor.close();
        } catch (final IOException e) {
            throw new UncheckedIOException("close failed: " + e.getMessage(), e);
        }
    }
}
