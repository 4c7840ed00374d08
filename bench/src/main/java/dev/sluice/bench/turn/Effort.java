// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.turn;

/**
 * How long one turn is.
 *
 * @param warmUps     iterations that are not measured
 * @param warmUpMs    length of each
 * @param iterations  that are measured
 * @param iterationMs length of each
 */
public record Effort(int warmUps, int warmUpMs, int iterations, int iterationMs) {
    /** Of a run that shall take little time. */
    public static final Effort QUICK = new Effort(5, 100, 10, 50);
    /** Of a run whose figures are to be quoted. */
    public static final Effort FULL = new Effort(5, 200, 10, 100);
}
