// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples.bank;

/** How a transaction ends. */
enum Outcome {
    /** Committed. */
    DONE,
    /** Rolled back, as the account holds too little. */
    REFUSED
}
