// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/** Finds pairs of events: one begins something and the other ends it. Start at {@link dev.sluice.store.pair.Pairs}. */
package dev.sluice.store.pair;
