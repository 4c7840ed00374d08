// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/** How numbers are written. Stateless. */
final class Numbers {
    private static final double HUNDRED = 100;

    private Numbers() {
    }

    /** Nanoseconds without their unit. */
    static String ns(final double ns) {
        return String.format(Locale.ROOT, Math.abs(ns) < HUNDRED ? "%.2f" : "%,.0f", ns);
    }

    /** "12.10 [12.00, 12.30]" of an object with these three fields; without the interval if it has none. */
    static String withInterval(final JsonNode node, final String field) {
        final String value = ns(node.path(field).asDouble());
        return node.has("low") ? value + " [" + ns(node.get("low").asDouble()) + ", " + ns(node.get("high").asDouble())
            + "]" : value;
    }

    static String count(final long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }
}
