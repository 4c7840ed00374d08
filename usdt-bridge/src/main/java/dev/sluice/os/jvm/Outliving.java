// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.jvm;

import java.io.FileDescriptor;
import java.lang.invoke.MethodHandles;

/**
 * Lets this copy of the library be unloaded with its class loader, when the application that brought it along has ended
 * and the process goes on: nothing that the JVM keeps longer may refer to the library. {@link LibraryThread} cares for
 * threads, and {@link Leftovers} for what the garbage collector does not give back.
 * <p>
 * This uses internals of the JDK. If the JDK does not allow their use, or under a security manager, where only the
 * library's own classes have the permissions, threads keep the loader alive, and only {@code Sluice.stop()} ends them.
 * Any thread.
 */
public final class Outliving {
    /** Null if the JDK does not allow the use of its internals. */
    private static volatile JdkInternals internals;

    private Outliving() {
    }

    /**
     * Finds the internals, once, before the library takes anything that has to be given back.
     *
     * @param trusted a lookup that may see all of the JDK
     * @return why copies of the library are not unloaded by themselves here, or null if they are
     */
    public static synchronized String prepare(final MethodHandles.Lookup trusted) {
        if (internals == null) {
            try {
                final JdkInternals found = JdkInternals.find(trusted);
                found.cleaner().register(Outliving.class, Leftovers.whenGone(found));
                internals = found;
            } catch (final VirtualMachineError e) {
                throw e;
            } catch (final Throwable e) {
                return Thrown.reason(e);
            }
        }
        return null;
    }

    /** What was found, or null. */
    static JdkInternals internals() {
        return internals;
    }

    /**
     * Defines a class that names only classes of the JDK in a loader of its own. Returns the given class itself if that
     * is impossible.
     */
    public static Class<?> apart(final Class<?> type) {
        final JdkInternals known = internals;
        try {
            return known == null ? type : known.defineApart(type);
        } catch (final VirtualMachineError e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException("cannot define " + type + " apart", e);
        }
    }

    /**
     * Whether the class loader of this copy was closed: then its application has ended, even if somebody still refers
     * to its classes.
     */
    public static boolean isLoaderClosed() {
        final JdkInternals known = internals;
        try {
            return known != null && known.isClosed() != null && (boolean) known.isClosed().invokeExact();
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** A descriptor as an object for the JDK's streams, or null if this JDK offers no way to make one. */
    public static FileDescriptor fileDescriptor(final int fd) {
        final JdkInternals known = internals;
        try {
            return known == null ? null : (FileDescriptor) known.newDescriptor().invokeExact(fd);
        } catch (final VirtualMachineError e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException("no owner for descriptor " + fd, e);
        }
    }
}
