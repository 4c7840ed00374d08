// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.jvm;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureClassLoader;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The internals of the JDK that the library needs, and the library's two classes that are defined in a loader of their
 * own. Immutable: any thread.
 *
 * @param cleaner  the JDK's own cleaner, whose thread refers to nothing of the library
 * @param isClosed tells whether the library's class loader was closed; null if the loader cannot be closed
 */
record JdkInternals(MethodHandle newThread, MethodHandle newDescriptor, Class<?> loop, Class<?> remains,
                    ClassLoader apart, Cleaner cleaner, MethodHandle isClosed, MethodHandles.Lookup trusted) {
    /**
     * Finds everything.
     *
     * @throws Throwable if this JDK is built differently, or does not allow the access
     */
    static JdkInternals find(final MethodHandles.Lookup trusted) throws Throwable {
        final ClassLoader apart = (ClassLoader) trusted.findConstructor(SecureClassLoader.class,
            MethodType.methodType(void.class, ClassLoader.class)).invoke((ClassLoader) null);
        final Class<?> remains = define(trusted, apart, Remains.class);
        final Cleaner cleaner = (Cleaner) trusted.findStatic(Class.forName("jdk.internal.ref.CleanerFactory"),
            "cleaner", MethodType.methodType(Cleaner.class)).invoke();
        return new JdkInternals(
            trusted.findStatic(Class.forName("jdk.internal.misc.InnocuousThread"), "newThread",
                MethodType.methodType(Thread.class, String.class, Runnable.class)),
            trusted.findConstructor(FileDescriptor.class, MethodType.methodType(void.class, int.class)),
            define(trusted, apart, WeakLoop.class), remains, apart, cleaner, isClosed(trusted), trusted);
    }

    private static Class<?> define(final MethodHandles.Lookup trusted, final ClassLoader apart, final Class<?> type)
        throws Throwable {
        try (InputStream code = type.getResourceAsStream(type.getSimpleName() + ".class")) {
            final byte[] bytes = code.readAllBytes();
            return (Class<?>) trusted.findVirtual(ClassLoader.class, "defineClass", MethodType.methodType(
                Class.class, String.class, byte[].class, int.class, int.class)).invoke(
                apart, type.getName(), bytes, 0, bytes.length);
        }
    }

    /** The handle holds the object that it asks, and not the loader itself. */
    private static MethodHandle isClosed(final MethodHandles.Lookup trusted) throws Throwable {
        if (!(JdkInternals.class.getClassLoader() instanceof URLClassLoader loader)) {
            return null;
        }
        final Class<?> path = Class.forName("jdk.internal.loader.URLClassPath");
        return trusted.findGetter(path, "closed", boolean.class).bindTo(
            trusted.findGetter(URLClassLoader.class, "ucp", path).invoke(loader));
    }

    /** Defines a class that names only classes of the JDK a second time, in a loader of its own. */
    Class<?> defineApart(final Class<?> type) throws Throwable {
        return define(trusted, apart, type);
    }

    /** Makes a {@link Remains} of the class that is defined apart. */
    Runnable newRemains(final Map<Path, Closeable> files, final Collection<Closeable> descriptors,
                        final Collection<MethodHandle> lastCalls) throws Throwable {
        return (Runnable) trusted.findConstructor(remains, MethodType.methodType(
            void.class, Map.class, Collection.class, Collection.class)).invoke(files, descriptors, lastCalls);
    }

    /** Makes a {@link WeakLoop} of the class that is defined apart. */
    Runnable newLoop(final Object... arguments) throws Throwable {
        return (Runnable) trusted.findConstructor(loop, MethodType.methodType(void.class, WeakReference.class,
            AtomicReference.class, AtomicBoolean.class, long.class, ByteBuffer.class, int[].class,
            MethodHandle.class)).invokeWithArguments(arguments);
    }
}
