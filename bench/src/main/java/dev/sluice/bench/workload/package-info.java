// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * A program that does something else than report events: queries to a database in the same process, each of which
 * reports some. Start at {@link dev.sluice.bench.workload.QueryProgram}.
 */
package dev.sluice.bench.workload;
