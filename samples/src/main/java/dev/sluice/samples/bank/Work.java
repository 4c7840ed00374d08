// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples.bank;

/** What a transaction is for. */
enum Work {
    /** From one account to another. */
    TRANSFER,
    /** To all accounts of a branch. */
    INTEREST
}
