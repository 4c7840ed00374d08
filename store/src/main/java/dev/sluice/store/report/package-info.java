// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Reports on a trace as a whole, as text and as JSON, and prints its events, one on a line. Start at
 * {@link dev.sluice.store.report.TraceReport} and {@link dev.sluice.store.report.TracePrinter}.
 */
package dev.sluice.store.report;
