// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import dev.sluice.trace.Field;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Sluice;
import dev.sluice.trace.TraceProvider;
import dev.sluice.trace.Tracepoint;
import java.time.Duration;

/**
 * A process whose tracepoints have numbers and several texts, fired by a typed interface and by the encoder in turn as
 * soon as somebody traces them.
 * <pre>TrapProgram EVENTS</pre>
 */
final class TrapProgram {
    private enum Side { BUY, SELL }

    @TraceProvider("trapped")
    interface TrappedTrace {
        void mixed(long id, String first, double price, CharSequence second, Side side, short less, boolean odd);

        void numbers(long id, double price, float part);
    }

    private TrapProgram() {
    }

    static String first(final long id) {
        return "erste " + "ü".repeat((int) (id % 5)) + id;
    }

    static String second(final long id) {
        return id % 3 == 0 ? "" : "日本 " + id;
    }

    public static void main(final String[] arguments) throws Exception {
        final TrappedTrace typed = Sluice.provider(TrappedTrace.class);
        final Provider provider = Provider.named("trapped");
        final Tracepoint mixed = provider.tracepoint("mixed", Field.int64("id"), Field.string("first"),
            Field.float64("price"), Field.string("second"), Field.enumeration("side", Side.class),
            Field.int16("less"), Field.bool("odd"));
        final Tracepoint numbers = provider.tracepoint("numbers", Field.int64("id"), Field.float64("price"),
            Field.float32("part"));
        System.out.println("pid " + ProcessHandle.current().pid());
        if (!provider.awaitEnabled(Duration.ofMinutes(3)) || System.in.read() < 0) {
            throw new IllegalStateException("nobody traces");
        }
        for (long id = 0; id < Long.parseLong(arguments[0]); id++) {
            final Side side = id % 7 == 0 ? Side.BUY : Side.SELL;
            if (id % 2 == 0) {
                typed.mixed(id, first(id), id / 4.0, new StringBuilder(second(id)), side, (short) -id, false);
                typed.numbers(id, id / 4.0, id / 2f);
            } else {
                mixed.event().put(id).put(first(id)).put(id / 4.0).put(second(id)).put(side).put(-id).put(true).fire();
                numbers.event().put(id).put(id / 4.0).put(id / 2f).fire();
            }
        }
        System.out.println("fired");
        if (System.in.read() < 0) {
            System.out.println("nobody waits");
        }
    }
}
