// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

/** The one warning that a target prints when tracing is off or reduced. Any thread. */
final class Warnings {
    private static boolean printed;

    private Warnings() {
    }

    /** Prints to standard error, the first time only. */
    static synchronized void once(final String text) {
        if (!printed) {
            printed = true;
            System.err.println("[sluice] warning: " + text);
        }
    }
}
