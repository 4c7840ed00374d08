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

    /** Fires with twelve arguments, the undeclared ones being 0. */
    static void twelve(final long stub, final long[] a) {
        if (a.length != StubProbe.MAX_ARGUMENTS) {
            throw new IllegalArgumentException("arguments=" + a.length);
        }
        StubCalls.trap12(stub, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]);
    }
}
