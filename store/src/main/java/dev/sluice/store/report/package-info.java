// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What a trace says as a whole, as text and as JSON, and its events one a line. Start at
 * {@link dev.sluice.store.report.TraceReport} and {@link dev.sluice.store.report.TracePrinter}.
 */
package dev.sluice.store.report;
