// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import net.openhft.chronicle.core.Jvm;

/** Starts Chronicle in a way that the working directory has no say in. Stateless: any thread. */
final class ChronicleStart {
    private static final String PROPERTY = "system.properties";
    /** A file without properties. */
    private static final String NOTHING = "/dev/null";

    private ChronicleStart() {
    }

    /**
     * Keeps Chronicle from the files {@code system.properties} and {@code ../system.properties}: it would make system
     * properties of what whoever owns that directory has written there, and some of those name code to run. A program
     * that names such a file by itself has it read. Must come before anything else of Chronicle is used.
     */
    static void withoutFiles() {
        if (System.getProperty(PROPERTY) != null) {
            Jvm.init();
            return;
        }
        System.setProperty(PROPERTY, NOTHING);
        try {
            Jvm.init();
        } finally {
            System.clearProperty(PROPERTY);
        }
    }
}
