// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The sample {@code bank}: tellers and an interest run that work over an H2 database in memory, with an event for each
 * query, lock, transaction and commit ({@link dev.sluice.samples.bank.BankTrace}), and a record of its own of the same.
 * Start at {@link dev.sluice.samples.bank.Bank}. H2 is only on the class path of the samples.
 */
package dev.sluice.samples.bank;
