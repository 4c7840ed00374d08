// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.pair;

/**
 * Pairs of one kind that a session wants only if they last long enough. Immutable.
 *
 * @param number     what tells it from the other kinds; it stays when only the duration changes
 * @param leastTicks how long they last at least
 * @param isLenient  whether an end is wanted whose begin was not held back: the begin may have been recorded by the
 *                   selection before
 */
public record HeldPair(int number, long leastTicks, boolean isLenient) {
}
