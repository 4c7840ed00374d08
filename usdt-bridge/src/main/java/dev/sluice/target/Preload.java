// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

/**
 * Loads classes before they are needed: where they are needed, the process may have no file descriptor left to read
 * them with, or be inside of a class loader that is traced. Stateless: any thread.
 */
final class Preload {
    private Preload() {
    }

    /**
     * Loads and initializes classes, and those that are nested in them.
     *
     * @throws LinkageError if one cannot be loaded
     */
    static void withNested(final Class<?>... needed) {
        for (final Class<?> each : needed) {
            alone(each);
            for (final Class<?> nested : each.getDeclaredClasses()) {
                alone(nested);
            }
        }
    }

    /** Loads and initializes a class. */
    static void alone(final Class<?> needed) {
        try {
            Class.forName(needed.getName(), true, Preload.class.getClassLoader());
        } catch (final ClassNotFoundException e) {
            // The class is there: the caller has it.
            throw new IllegalStateException(e);
        }
    }
}
