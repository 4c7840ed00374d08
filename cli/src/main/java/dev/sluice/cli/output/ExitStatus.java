// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

/** The command's exit statuses. */
public final class ExitStatus {
    /** Done. */
    public static final int OK = 0;
    /** Failed. */
    public static final int FAILED = 1;
    /** Wrong usage. */
    public static final int USAGE = 2;
    /** Finished with anything discarded, overwritten, lost or unknown. */
    public static final int INCOMPLETE = 3;

    private ExitStatus() {
    }
}
