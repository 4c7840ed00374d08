// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.jvm;

import java.lang.reflect.InvocationTargetException;

/** Handles what reflection and method handles throw, which may be any Throwable. Stateless: any thread. */
public final class Thrown {
    private Thrown() {
    }

    /**
     * Turns a Throwable into an exception that need not be declared: {@code throw Thrown.unchecked(e)}. If it is an
     * Error, this method throws it itself.
     */
    public static RuntimeException unchecked(final Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException known ? known : new IllegalStateException(e);
    }

    /**
     * Why something of the JDK is out of reach, for people, who have no use for the names of exceptions. The text of a
     * missing class, method or field is its name alone, and says nothing without a word before it.
     */
    public static String reason(final Throwable e) {
        if (e instanceof InvocationTargetException && e.getCause() != null) {
            return reason(e.getCause());
        }
        final String text = e.getMessage();
        if (text == null || text.isBlank()) {
            return "the JDK gives no reason";
        }
        return before(e) + text;
    }

    private static String before(final Throwable e) {
        if (e instanceof ClassNotFoundException || e instanceof NoClassDefFoundError) {
            return "there is no class ";
        }
        if (e instanceof NoSuchMethodException || e instanceof NoSuchMethodError) {
            return "there is no method ";
        }
        if (e instanceof NoSuchFieldException || e instanceof NoSuchFieldError) {
            return "there is no field ";
        }
        return e instanceof UnsupportedOperationException ? "the JVM forbids " : "";
    }
}
