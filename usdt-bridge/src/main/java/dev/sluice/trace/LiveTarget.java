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
    private static final boolean IS_CLOCK_FIRST = CLOCK != null && CLOCK.kind() != Clock.KIND_TSC;

    private LiveTarget() {
    }

    /** This thread's ring, or null if it can have none: then the refusal is counted. */
    static RingProducer ring() {
        final RingProducer ring = ThreadRings.get();
        return ring != null ? ring : TARGET.ring();
    }

    /** Time for an event. */
    static long ticks() {
        return CLOCK.ticks();
    }

    /**
     * Time for an event whose ring is yet to be looked up, or 0. Measured: the look-up is hidden behind the latency of
     * the counter where it comes before a read that orders nothing (TSC), and where it comes after one that waits for
     * all that is before it (nanoTime).
     */
    static long ticksBeforeRing() {
        return IS_CLOCK_FIRST ? CLOCK.ticks() : 0;
    }

    /** Time for an event that has been refused once: what it was read as then, or the time now where that is 0. */
    static long ticks(final long before) {
        return before == 0 ? CLOCK.ticks() : before;
    }

    /** The same where the ring is known: what {@link #ticksBeforeRing} returned, or the time now. */
    static long ticksAfterRing(final long before) {
        return IS_CLOCK_FIRST ? before : CLOCK.ticks();
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
