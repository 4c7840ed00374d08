// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import dev.sluice.trace.Field;
import dev.sluice.trace.Name;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Sluice;
import dev.sluice.trace.TraceProvider;
import dev.sluice.trace.Tracepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Fires, without end, what cannot be stored: wrong arguments at many tracepoints, and a text that cannot be made. */
final class FaultyProgram {
    static final int TRACEPOINTS = 30;

    private FaultyProgram() {
    }

    @TraceProvider("faulty")
    interface Texts {
        void text(@Name("value") CharSequence value);
    }

    private static final class Thrower implements CharSequence {
        @Override
        public int length() {
            return 0;
        }

        @Override
        public char charAt(final int index) {
            return 0;
        }

        @Override
        public CharSequence subSequence(final int start, final int end) {
            return this;
        }

        @Override
        public String toString() {
            throw new IllegalStateException("no text \u001b[31m here");
        }
    }

    public static void main(final String[] arguments) throws InterruptedException {
        final Provider provider = Provider.named("faulty");
        final List<Tracepoint> tracepoints = new ArrayList<>();
        for (int i = 0; i < TRACEPOINTS; i++) {
            tracepoints.add(provider.tracepoint("wrong_" + "x".repeat(i + 1), Field.int64("a"), Field.int64("b")));
        }
        final Texts texts = Sluice.provider(Texts.class);
        final Thrower thrower = new Thrower();
        System.out.println("pid " + ProcessHandle.current().pid());
        while (true) {
            tracepoints.forEach(tracepoint -> tracepoint.fire(1));
            texts.text(thrower);
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }
}
