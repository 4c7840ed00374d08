// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

/**
 * What one trace has and the other has not. Immutable.
 *
 * @param kind         what it is
 * @param name         its name; of a field "shop:order.price"
 * @param events       how many events of it there are: of a provider, a tracepoint, a tracepoint with that field, or a
 *                     thread
 * @param isDeclared   whether the other trace declares it, so that it only never fired there
 */
public record OnlyHere(Kind kind, String name, long events, boolean isDeclared) {
    /** What can be in one trace alone. */
    public enum Kind {
        /** All tracepoints of one name before the colon. */
        PROVIDER("provider", "providers"),
        /** A tracepoint. */
        TRACEPOINT("tracepoint", "tracepoints"),
        /** A field of a tracepoint that both traces declare. */
        FIELD("field", "fields"),
        /** A thread that fired selected events, by its name. */
        THREAD("thread", "threads");

        /** For people. */
        final String label;
        /** In JSON. */
        final String key;

        Kind(final String label, final String key) {
            this.label = label;
            this.key = key;
        }
    }
}
