// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The comparison of all ways to report an event: rounds in random order, the table, the targets, the
 * file of results, and the comparison of two such files. Start at {@link dev.sluice.bench.table.PathBench}.
 */
package dev.sluice.bench.table;
