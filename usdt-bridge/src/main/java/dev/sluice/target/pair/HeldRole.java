// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.pair;

import dev.sluice.target.filter.PairKey;

/**
 * What a tracepoint is to pairs whose events are held back. Immutable.
 *
 * @param pair     the pairs
 * @param isBegin  whether it begins them
 * @param key      takes what both events have in common out of one; null if only the thread tells, and pairs are nested
 * @param keyCount how many fields that are
 */
public record HeldRole(HeldPair pair, boolean isBegin, PairKey key, int keyCount) {
}
