// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import java.util.Locale;

/**
 * Numbers with the unit that a tracepoint has declared for them, for people: durations and bytes in the unit that suits
 * their size, with four digits. Stateless.
 */
public final class UnitText {
    private static final double THOUSAND = 1_000;
    private static final double BYTES_OF_A_KIB = 1_024;
    private static final String[] BYTES = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

    private UnitText() {
    }

    /** How many ns one of a unit of time is; 0 if it is no unit of time that we know. */
    public static double nsOf(final String unit) {
        return switch (unit) {
            case "ns" -> 1;
            case "us", "\u00B5s", "\u03BCs" -> THOUSAND;
            case "ms" -> THOUSAND * THOUSAND;
            case "s" -> THOUSAND * THOUSAND * THOUSAND;
            default -> 0;
        };
    }

    /**
     * A number and its unit: "1.5 ms", "2.3 MiB", "7 EUR".
     *
     * @param unit  as declared; not empty. It may be anything: the result goes through {@link PrintedText#safe}
     * @param value Long, BigInteger or Double
     */
    public static String of(final String unit, final Number value) {
        final double ns = nsOf(unit);
        if (ns > 0) {
            return duration(value.doubleValue() * ns);
        }
        return unit.equals("B") ? bytes(value.doubleValue()) : number(value) + ' ' + unit;
    }

    /** A number without a unit, for people: "1,234" or six digits of a double. */
    public static String number(final Number value) {
        return String.format(Locale.ROOT, value instanceof Double ? "%.6g" : "%,d", value);
    }

    /** A duration: "1.5 ms". */
    public static String duration(final double ns) {
        final double size = Math.abs(ns);
        if (size < THOUSAND) {
            return digits(ns) + " ns";
        }
        if (size < THOUSAND * THOUSAND) {
            return digits(ns / THOUSAND) + " us";
        }
        if (size < THOUSAND * THOUSAND * THOUSAND) {
            return digits(ns / THOUSAND / THOUSAND) + " ms";
        }
        return String.format(Locale.ROOT, "%,.3f s", ns / THOUSAND / THOUSAND / THOUSAND);
    }

    private static String bytes(final double value) {
        double left = value;
        int unit = 0;
        while (Math.abs(left) >= BYTES_OF_A_KIB && unit < BYTES.length - 1) {
            left /= BYTES_OF_A_KIB;
            unit++;
        }
        return digits(left) + ' ' + BYTES[unit];
    }

    /** Four digits, and of a whole number no zeros behind the point. */
    private static String digits(final double value) {
        return String.format(Locale.ROOT, value == Math.rint(value) ? "%,.0f" : "%.4g", value);
    }
}
