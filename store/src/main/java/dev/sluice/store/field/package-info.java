// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Finds named fields and their values, and computes figures for each value and histograms. Start at
 * {@link dev.sluice.store.field.Breakdown}.
 */
package dev.sluice.store.field;
