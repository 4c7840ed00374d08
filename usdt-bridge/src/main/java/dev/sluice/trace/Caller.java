// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.util.Set;

/** Finds out who called the library. Stateless: any thread. */
final class Caller {
    /** Null where this JVM does not let us see the callers' classes. */
    private static final StackWalker WALKER = walker();
    /** Classes of the library that declare tracepoints for their caller. */
    private static final Set<Class<?>> OURS = Set.of(Caller.class, Provider.class, Latency.class, StackTracer.class);

    private Caller() {
    }

    private static StackWalker walker() {
        try {
            return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
        } catch (final SecurityException e) {
            return null;
        }
    }

    /** The class loader of the application's class that called; null if it is unknown. */
    static ClassLoader loader() {
        return WALKER == null ? null : WALKER.walk(frames -> frames.map(StackWalker.StackFrame::getDeclaringClass)
            .filter(type -> !OURS.contains(type)).findFirst().map(Class::getClassLoader).orElse(null));
    }
}
