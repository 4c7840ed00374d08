// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.Clock;
import dev.sluice.ring.RefusalCause;
import dev.sluice.ring.RingProducer;

/**
 * The started target as constants, for the paths of fires: what is static and final costs compiled code no load. Used
 * only once a tracepoint is loaded, when the target has been started. Any thread.
 */
final class LiveTarget {
    private static final Target TARGET = Target.start();
    private static final Clock CLOCK = TARGET == null ? null : TARGET.clock();

    private LiveTarget() {
    }

    /** This thread's ring, or null if it can have none: then the refusal is counted. */
    static RingProducer ring() {
        return TARGET.ring();
    }

    /** Time for an event. */
    static long ticks() {
        return CLOCK.ticks();
    }

    /** Counts an event that was discarded before it had a ring. */
    static void refused(final RefusalCause cause) {
        TARGET.refused(cause);
    }

    /**
     * An error inside a fire: the application must not see it.
     *
     * @param isOwed whether an event is neither in its ring nor counted yet
     */
    static void failed(final boolean isOwed, final Throwable error) {
        if (isOwed) {
            TARGET.refused(RefusalCause.INTERNAL);
        }
        Warnings.failure("firing a tracepoint", error);
    }

    /**
     * A value that no field can hold.
     *
     * @param tracepoint which one
     * @param isOwed     whether the event counts as fired
     */
    static void refusedNull(final String tracepoint, final boolean isOwed) {
        Warnings.once(tracepoint + " is fired with null for an enumeration or for bytes: such events are discarded");
        if (isOwed) {
            TARGET.refused(RefusalCause.WRONG_ARGUMENTS);
        }
    }

    /** The text of a field; runs the application's code if the sequence is not a String. */
    static String text(final CharSequence value) {
        final String text = value == null ? null : value.toString();
        return text == null ? "null" : text;
    }
}
