// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.store.format.EndKind;

/** Why a trace takes no more documents. */
public enum TraceFull {
    /** The trace is as large as it may be ({@link TraceLimits#maxBytes()}). */
    SIZE(EndKind.SIZE_REACHED),
    /** The disk has no more space than what is kept free ({@link TraceLimits#keepFreeBytes()}), or nothing at all. */
    DISK(EndKind.DISK_FULL);

    private final EndKind end;

    TraceFull(final EndKind end) {
        this.end = end;
    }

    /** How a recording ends for this reason. */
    public EndKind end() {
        return end;
    }
}
