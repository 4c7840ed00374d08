// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.jvm;

/** Handles what method handles throw, which may be any Throwable. Stateless: any thread. */
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
}
