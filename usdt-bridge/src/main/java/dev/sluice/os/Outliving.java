// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureClassLoader;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Lets this copy of the library go with its class loader, when the application that brought it along has gone and the
 * process has not: what the JVM holds for longer, threads and hooks, holds nothing of ours, and what the collector does
 * not give back is given back when our classes are gone.
 * <p>
 * Takes internals of the JDK; without them, and under a security manager, whose permissions do not reach beyond our own
 * classes, threads keep the loader, and only {@code Sluice.stop()} ends them. Any thread.
 */
public final class Outliving {
    /** What {@link LongSupplier} returns from its last turn. */
    public static final long END = WeakLoop.END;

    private static final Map<Path, Closeable> FILES = new ConcurrentHashMap<>();
    private static final Collection<Closeable> DESCRIPTORS = ConcurrentHashMap.newKeySet();
    private static final Collection<MethodHandle> LAST_CALLS = new ConcurrentLinkedQueue<>();
    /** Null where the JDK keeps them to itself. */
    private static volatile Internals internals;
    private static Thread hook;

    private Outliving() {
    }

    /** What is needed of the JDK, and our two classes as they are defined apart. */
    private record Internals(MethodHandle newThread, MethodHandle newDescriptor, Class<?> loop, Class<?> remains,
                             ClassLoader apart, MethodHandle isClosed, MethodHandles.Lookup trusted) {
        static Internals find(final MethodHandles.Lookup trusted) throws Throwable {
            final ClassLoader apart = (ClassLoader) trusted.findConstructor(SecureClassLoader.class,
                MethodType.methodType(void.class, ClassLoader.class)).invoke((ClassLoader) null);
            final Class<?> remains = define(trusted, apart, Remains.class);
            final Cleaner cleaner = (Cleaner) trusted.findStatic(Class.forName("jdk.internal.ref.CleanerFactory"),
                "cleaner", MethodType.methodType(Cleaner.class)).invoke();
            final Internals found = new Internals(
                trusted.findStatic(Class.forName("jdk.internal.misc.InnocuousThread"), "newThread",
                    MethodType.methodType(Thread.class, String.class, Runnable.class)),
                trusted.findConstructor(FileDescriptor.class, MethodType.methodType(void.class, int.class)),
                define(trusted, apart, WeakLoop.class), remains, apart, isClosed(trusted), trusted);
            cleaner.register(Outliving.class, found.remains(DESCRIPTORS));
            return found;
        }

        private static Class<?> define(final MethodHandles.Lookup trusted, final ClassLoader apart,
                                       final Class<?> type) throws Throwable {
            try (InputStream code = type.getResourceAsStream(type.getSimpleName() + ".class")) {
                final byte[] bytes = code.readAllBytes();
                return (Class<?>) trusted.findVirtual(ClassLoader.class, "defineClass", MethodType.methodType(
                    Class.class, String.class, byte[].class, int.class, int.class)).invoke(
                    apart, type.getName(), bytes, 0, bytes.length);
            }
        }

        /** Whether our loader was closed, or null if it is none that can be. Holds what it asks, not the loader. */
        private static MethodHandle isClosed(final MethodHandles.Lookup trusted) throws Throwable {
            if (!(Outliving.class.getClassLoader() instanceof URLClassLoader loader)) {
                return null;
            }
            final Class<?> path = Class.forName("jdk.internal.loader.URLClassPath");
            return trusted.findGetter(path, "closed", boolean.class).bindTo(
                trusted.findGetter(URLClassLoader.class, "ucp", path).invoke(loader));
        }

        Runnable remains(final Collection<Closeable> descriptors) throws Throwable {
            return (Runnable) trusted.findConstructor(remains, MethodType.methodType(
                void.class, Map.class, Collection.class, Collection.class)).invoke(FILES, descriptors, LAST_CALLS);
        }

        Runnable loop(final Object... arguments) throws Throwable {
            return (Runnable) trusted.findConstructor(loop, MethodType.methodType(void.class, WeakReference.class,
                AtomicReference.class, AtomicBoolean.class, long.class, ByteBuffer.class, int[].class,
                MethodHandle.class)).invokeWithArguments(arguments);
        }
    }

    /**
     * Finds what is needed, once, before anything is taken that has to be given back.
     *
     * @param trusted a lookup that may see all of the JDK
     * @return why copies of the library do not go by themselves here, or null
     */
    public static synchronized String prepare(final MethodHandles.Lookup trusted) {
        if (internals == null) {
            try {
                internals = Internals.find(trusted);
            } catch (final VirtualMachineError e) {
                throw e;
            } catch (final Throwable e) {
                return e.toString();
            }
        }
        return null;
    }

    /** A class that names classes of the JDK alone, defined apart from our class loader; itself, if that cannot be. */
    static Class<?> apart(final Class<?> type) {
        final Internals known = internals;
        try {
            return known == null ? type : Internals.define(known.trusted, known.apart, type);
        } catch (final VirtualMachineError e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException("cannot define " + type + " apart", e);
        }
    }

    /** Whether the class loader of this copy was closed: its application has ended, whoever still knows its classes. */
    public static boolean isLoaderClosed() {
        final Internals known = internals;
        try {
            return known != null && known.isClosed != null && (boolean) known.isClosed.invokeExact();
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Removes a file when the process ends or this copy of the library has gone.
     *
     * @param descriptor to be closed when the copy has gone
     */
    public static synchronized void removeAtEnd(final Path file, final Closeable descriptor) {
        FILES.put(file, descriptor);
        if (hook == null) {
            hook = thread("sluice-stub-files", remainingFiles());
            addHook(hook);
        }
    }

    private static Runnable remainingFiles() {
        final Internals known = internals;
        try {
            return known == null ? new Remains(FILES, null, LAST_CALLS) : known.remains(null);
        } catch (final VirtualMachineError e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** A thread that inherits nothing of ours: not the class loader of its context, and no permissions. */
    private static Thread thread(final String name, final Runnable work) {
        final Internals known = internals;
        try {
            return known == null ? new Thread(work, name) : (Thread) known.newThread.invokeExact(name, work);
        } catch (final VirtualMachineError e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException("no thread " + name, e);
        }
    }

    /** Does something in a thread of its own, which takes along whatever is left with its thread. Waits for it. */
    static void runAside(final String name, final Runnable work) {
        if (internals == null) {
            work.run();
            return;
        }
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread thread = thread(name, () -> {
            try {
                work.run();
            } catch (final Throwable e) {
                failure.set(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        Threads.awaitEnd(thread);
        rethrow(failure.get());
    }

    private static void rethrow(final Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private static void addHook(final Thread thread) {
        try {
            whenGone(MethodHandles.insertArguments(MethodHandles.publicLookup().findVirtual(Runtime.class,
                "removeShutdownHook", MethodType.methodType(boolean.class, Thread.class)), 0, Runtime.getRuntime(),
                thread));
            Runtime.getRuntime().addShutdownHook(thread);
        } catch (final IllegalStateException e) {
            // The process ends: what is left of it is the next one's to sweep.
            return;
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A file that was removed already. */
    public static void forget(final Path file) {
        FILES.remove(file);
    }

    /** A file that cannot be removed stays: the sweep of a later process takes it. */
    private static void remove(final Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (final IOException e) {
            return;
        }
    }

    /** Removes all such files by now, and closes their descriptors. */
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
                // The process ends: it goes anyway.
                return;
            }
            hook = null;
        }
    }

    /** A call to be made when this copy of the library has gone, of a handle that knows nothing of ours, or null. */
    public static void whenGone(final MethodHandle call) {
        if (call != null) {
            LAST_CALLS.add(call.asType(MethodType.methodType(void.class)));
        }
    }

    /** A thread of the library: a daemon that takes turns of an agent for as long as there is one. */
    public static final class Loop {
        private final AtomicReference<Object> hold = new AtomicReference<>();
        private final AtomicBoolean isWoken = new AtomicBoolean();
        private final Thread thread;

        /**
         * Not started yet.
         *
         * @param agent    one turn: returns for how long there may be none, ns, or {@link #END}; held weakly
         * @param periodNs longest time after which the loop looks whether there is anything to do
         * @param words    memory of the control file, or null
         * @param offsets  in it: of the command word, its acknowledgement, and the heartbeat that the loop writes
         */
        public Loop(final String name, final LongSupplier agent, final long periodNs, final ByteBuffer words,
                    final int... offsets) {
            thread = Outliving.thread(name, loop(new WeakReference<>(agent), periodNs, words, offsets));
            thread.setDaemon(true);
        }

        private Runnable loop(final WeakReference<LongSupplier> agent, final long periodNs, final ByteBuffer words,
                              final int... offsets) {
            final Internals known = internals;
            try {
                return known == null ? new WeakLoop(agent, hold, isWoken, periodNs, words, offsets, null)
                    : known.loop(agent, hold, isWoken, periodNs, words, offsets, words == null ? null : known.isClosed);
            } catch (final VirtualMachineError e) {
                throw e;
            } catch (final Throwable e) {
                throw new IllegalStateException("no loop", e);
            }
        }

        /** Starts the thread when the process ends, instead of by now. */
        public void runAtExit() {
            addHook(thread);
        }

        /** Starts it no more, unless the process ends already. */
        public void dropAtExit() {
            Runtime.getRuntime().removeShutdownHook(thread);
        }

        /** Starts the thread. */
        public void start() {
            thread.start();
        }

        /** Lets the agent take a turn now. */
        public void wake() {
            isWoken.set(true);
            LockSupport.unpark(thread);
        }

        /** Keeps the agent, and with it the copy of the library, from going, or does so no more: null. */
        public void hold(final Object agent) {
            hold.set(agent);
        }

        /** Waits for its end, ms. */
        public void join(final long timeoutMs) throws InterruptedException {
            if (thread != Thread.currentThread()) {
                thread.join(timeoutMs);
            }
        }
    }

    /** A descriptor as something to be closed, by its owner or when this copy of the library has gone. */
    public static Closeable descriptor(final int fd) {
        final Internals known = internals;
        if (known == null) {
            final AtomicBoolean isClosed = new AtomicBoolean();
            return () -> {
                if (isClosed.compareAndSet(false, true)) {
                    NativeCalls.get().close(fd);
                }
            };
        }
        try {
            final Closeable owned = new FileInputStream((FileDescriptor) known.newDescriptor.invokeExact(fd));
            DESCRIPTORS.add(owned);
            return owned;
        } catch (final VirtualMachineError e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException("no owner for descriptor " + fd, e);
        }
    }

    /** Closes a descriptor of {@link #descriptor} by now. */
    public static void close(final Closeable descriptor) {
        DESCRIPTORS.remove(descriptor);
        try {
            descriptor.close();
        } catch (final IOException e) {
            throw new NativeException("close", 0, String.valueOf(e.getMessage()), "");
        }
    }
}
