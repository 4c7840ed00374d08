// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.scratch;

import java.util.Locale;

/** What a directory among the temporary files is for; its name begins with it. */
public enum ScratchPurpose {
    /** What a query does not have room for in memory. */
    SQL,
    /** The account of a recording that stores no event. The recorder's own trace, which has the same lock. */
    REDUCE,
    /** Says where a flight recorder's trace is, by a link {@code trace}. */
    FLIGHT;

    /** How the names of such directories begin. */
    public String prefix() {
        return "sluice-" + name().toLowerCase(Locale.ROOT) + "-";
    }
}
