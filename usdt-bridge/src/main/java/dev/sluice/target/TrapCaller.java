// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.usdt.StubCalls;
import dev.sluice.usdt.StubProbe;

/**
 * Fires a tracepoint's own probe, one trap an event, with arguments of 64 bits each. Where a text or bytes are among
 * them, {@link TrapArguments} has their pointers. Any thread.
 */
public final class TrapCaller {
    /** Arguments that a call passes in registers. */
    private static final int REGISTERS = 6;
    /** A bit for each number of arguments that was rehearsed. Racy, which is harmless: a call is made once more. */
    private static int linked;

    private TrapCaller() {
    }

    /** Fires with the first six arguments of which only some are declared. */
    public static void integers(final long stub, final int count, final long a, final long b, final long c,
        final long d, final long e, final long f) {
        switch (count) {
            case 0 -> StubCalls.trap0(stub);
            case 1 -> StubCalls.trap1(stub, a);
            case 2 -> StubCalls.trap2(stub, a, b);
            case 3 -> StubCalls.trap3(stub, a, b, c);
            case 4 -> StubCalls.trap4(stub, a, b, c, d);
            case 5 -> StubCalls.trap5(stub, a, b, c, d, e);
            default -> StubCalls.trap6(stub, a, b, c, d, e, f);
        }
    }

    /**
     * Makes calls of a probe's kind to code that does nothing, so that the JVM links them here: it would take the first
     * thread that hits the probe a millisecond or more, and a tracer says to nobody that it attaches.
     *
     * @param arguments how many the probe has
     * @param isFixed   whether all of them are numbers
     */
    public static void rehearse(final int arguments, final boolean isFixed) {
        final int more = arguments > REGISTERS || !isFixed ? 1 << StubProbe.MAX_ARGUMENTS : 0;
        final int missing = (arguments > REGISTERS ? more : more | 1 << arguments) & ~linked;
        linked |= missing;
        final long nothing = StubCalls.nothing();
        if (nothing != 0 && (missing & ~more) != 0) {
            integers(nothing, arguments, 0, 0, 0, 0, 0, 0);
        }
        if (nothing != 0 && (missing & more) != 0) {
            TrapArguments.rehearse(nothing);
        }
    }

    /** Fires with twelve arguments, the undeclared ones being 0. */
    static void twelve(final long stub, final long[] a) {
        if (a.length != StubProbe.MAX_ARGUMENTS) {
            throw new IllegalArgumentException("arguments=" + a.length);
        }
        StubCalls.trap12(stub, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]);
    }
}
