// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.util.concurrent.atomic.AtomicBoolean;

/** The one warning that a target prints when tracing is off or reduced. Any thread. */
final class Warnings {
    private static final AtomicBoolean PRINTED = new AtomicBoolean();

    private Warnings() {
    }

    /** Prints to standard error, the first time only. No lock is held: the stream may be the application's own. */
    static void once(final String text) {
        if (!PRINTED.get() && PRINTED.compareAndSet(false, true)) {
            System.err.println("[sluice] warning: " + text);
        }
    }

    /** The same for what was caught; never throws for want of memory or stack, because it is called with none left. */
    static void failure(final String what, final Throwable caught) {
        try {
            once(what + ": " + caught);
        } catch (final Throwable e) {
            // Nobody can be told.
            return;
        }
    }
}
