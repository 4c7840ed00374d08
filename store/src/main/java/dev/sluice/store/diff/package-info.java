// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Two traces beside each other: {@link dev.sluice.store.diff.TraceDiff} reads each of them twice and says what changed,
 * with intervals by a bootstrap; {@link dev.sluice.store.diff.Resampling} has the arithmetic.
 */
package dev.sluice.store.diff;
