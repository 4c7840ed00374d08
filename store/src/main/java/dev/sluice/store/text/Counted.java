// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import java.util.Locale;

/** Numbers of things, as sentences have them. Stateless. */
public final class Counted {
    private Counted() {
    }

    /** "1 probe was", "2 probes were". */
    public static String was(final long count, final String noun) {
        return of(count, noun) + (count == 1 ? " was" : " were");
    }

    /** "1 probe", "2 probes", "1,000 batches". */
    public static String of(final long count, final String noun) {
        final String ending = count == 1 ? "" : noun.endsWith("ch") ? "es" : "s";
        return String.format(Locale.ROOT, "%,d %s%s", count, noun, ending);
    }
}
