// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import net.openhft.chronicle.core.Jvm;
import net.openhft.posix.internal.PosixAPIHolder;

/**
 * Starts Chronicle in such a way that files in the working directory have no influence, and no code is made or unpacked
 * for calls that nobody needs. Stateless: any thread.
 */
final class ChronicleStart {
    private static final String PROPERTY = "system.properties";
    /** A file without properties. */
    private static final String NOTHING = "/dev/null";

    private ChronicleStart() {
    }

    /**
     * Keeps Chronicle from making system calls of its own through JNR, which writes a library among the temporary
     * files, loads it, and generates a class for each use: a quarter of the processor time of a short command that
     * writes a trace. Chronicle gives advice on its mappings by these calls, and has this switch for systems that have
     * no such calls; it makes a queue's first document here, and nothing else. Call this before anything else of
     * Chronicle is used.
     */
    static void withoutSystemCalls() {
        PosixAPIHolder.useNoOpPosixApi();
    }

    /**
     * Keeps Chronicle from reading the files {@code system.properties} and {@code ../system.properties}. It would turn
     * their lines into system properties, whoever has written them, and some of these properties name code to run. If
     * the program itself names such a file, that file is read. Call this before anything else of Chronicle is used.
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
