// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import java.util.Locale;

/** Writes a number with its noun, as sentences need it. Stateless. */
public final class Counted {
    private Counted() {
    }

    /** For example "1 probe was" and "2 probes were". */
    public static String was(final long count, final String noun) {
        return of(count, noun) + (count == 1 ? " was" : " were");
    }

    /** For example "1 probe", "2 probes" and "1,000 batches". */
    public static String of(final long count, final String noun) {
        final String ending = count == 1 ? "" : noun.endsWith("ch") ? "es" : "s";
        return String.format(Locale.ROOT, "%,d %s%s", count, noun, ending);
    }
}
