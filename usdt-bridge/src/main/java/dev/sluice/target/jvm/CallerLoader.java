// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import java.util.Set;

/** Finds out which application called the library. Stateless: any thread. */
public final class CallerLoader {
    /** Null where this JVM does not let us see the callers' classes. */
    private static final StackWalker WALKER = walker();

    private CallerLoader() {
    }

    private static StackWalker walker() {
        try {
            return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
        } catch (final SecurityException e) {
            return null;
        }
    }

    /**
     * The class loader of the application's class that called; null if it is unknown.
     *
     * @param ours classes of the library that declare tracepoints for their caller
     */
    public static ClassLoader find(final Set<Class<?>> ours) {
        return WALKER == null ? null : WALKER.walk(frames -> frames.map(StackWalker.StackFrame::getDeclaringClass)
            .filter(type -> type != CallerLoader.class && !ours.contains(type)).findFirst().map(Class::getClassLoader)
            .orElse(null));
    }
}
