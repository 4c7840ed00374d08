// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

/** What an application does first with a typed interface that only itself can see; says that it ended in order. */
final class TypedStartChild {
    private TypedStartChild() {
    }

    @TraceProvider("typed_start")
    interface Trace {
        void placed(@Name("id") long id, @Name("symbol") String symbol);

        boolean isPlacedEnabled();

        default boolean isAnything() {
            return isPlacedEnabled();
        }
    }

    public static void main(final String[] arguments) {
        final Trace trace = Sluice.provider(Trace.class);
        for (int i = 0; i < 100; i++) {
            trace.placed(i, "ACME");
        }
        System.out.println("in order " + trace.isAnything() + ' ' + trace.equals(trace) + ' ' + !trace.equals("")
            + ' ' + (Sluice.provider(Trace.class) == trace));
    }
}
