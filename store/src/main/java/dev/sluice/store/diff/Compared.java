// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.store.report.FieldFigures;

/**
 * One figure of both traces, and how much it changed from the first to the second. Immutable.
 *
 * @param a          the figure of the first trace: Long, BigInteger or Double; null if it has none
 * @param b          the figure of the second trace
 * @param difference the interval of {@code b - a}, or null if there are too few events for one
 * @param ratio      the interval of {@code b / a - 1}, or null if there is none or the figure is not above zero
 */
public record Compared(Number a, Number b, Interval difference, Interval ratio) {
    /**
     * Bounds between which a change lies.
     *
     * @param low  the lower one
     * @param high the upper one
     */
    public record Interval(double low, double high) {
        boolean excludes(final double value) {
            return low > value || high < value;
        }
    }

    /** Figures without an interval. */
    static Compared without(final Number a, final Number b) {
        return new Compared(a, b, null, null);
    }

    /** Whether the figure has changed by more than chance explains: its interval excludes no change. */
    public boolean isChanged() {
        return difference != null && difference.excludes(0);
    }

    /** {@code b - a}, or NaN if there is no such number. */
    public double change() {
        return a == null || b == null ? Double.NaN : b.doubleValue() - a.doubleValue();
    }

    /** {@code b / a - 1}, or NaN if the two are not above zero. */
    public double relativeChange() {
        return a == null || b == null || !(a.doubleValue() > 0) || !(b.doubleValue() > 0) ? Double.NaN
            : b.doubleValue() / a.doubleValue() - 1;
    }

    ObjectNode toJson() {
        final ObjectNode node = JsonNodeFactory.instance.objectNode();
        FieldFigures.put(node, "a", a);
        FieldFigures.put(node, "b", b);
        put(node, "difference", change());
        put(node, "difference_low", difference == null ? Double.NaN : difference.low);
        put(node, "difference_high", difference == null ? Double.NaN : difference.high);
        put(node, "change", relativeChange());
        put(node, "change_low", ratio == null ? Double.NaN : ratio.low);
        put(node, "change_high", ratio == null ? Double.NaN : ratio.high);
        return node.put("changed", isChanged());
    }

    private static void put(final ObjectNode node, final String key, final double value) {
        // No change has no sign: adding 0 makes zero of minus zero.
        FieldFigures.put(node, key, Double.isNaN(value) ? null : (Number) (value + 0.0));
    }
}
