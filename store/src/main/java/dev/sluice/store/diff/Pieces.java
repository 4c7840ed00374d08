// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

/**
 * Says how many independent observations a sum over consecutive pieces is worth. Events that follow each other are
 * alike, as when a pause delays a hundred of them; taken for independent, they would make intervals much too narrow.
 * The sums of the pieces show it, as they vary more than those of independent observations would. Stateless.
 */
final class Pieces {
    /** Into how many pieces a trace is cut at most. */
    static final int MOST = 64;
    /** With fewer pieces, how much they vary cannot be told. */
    private static final int LEAST = 16;
    private static final int LEAST_LENGTH = 8;

    private Pieces() {
    }

    /** Into how many pieces so many observations are cut; 0 if they are too few. */
    static int of(final long observations) {
        final long pieces = Math.min(MOST, observations / LEAST_LENGTH);
        return pieces < LEAST ? 0 : (int) pieces;
    }

    /**
     * How many independent observations tell a share as well as these do.
     *
     * @param hits   of each piece, how many observations are among those whose share it is
     * @param counts of each piece, how many observations there are
     * @param total  of all observations, which is the result if there are no pieces
     */
    static double independent(final long[] hits, final long[] counts, final long total) {
        long hit = 0;
        for (final long one : hits) {
            hit += one;
        }
        final double share = (double) hit / total;
        double squares = 0;
        for (int i = 0; i < hits.length; i++) {
            final double off = hits[i] - share * counts[i];
            squares += off * off;
        }
        return total / dispersion(squares, hits.length, total * share * (1 - share));
    }

    /**
     * How many independent events tell a count as well as these do.
     *
     * @param counts of events in each piece of time
     * @param total  of all events, which is the result if there are no pieces
     */
    static double independent(final long[] counts, final long total) {
        final double mean = (double) total / counts.length;
        double squares = 0;
        for (final long count : counts) {
            squares += (count - mean) * (count - mean);
        }
        return total / dispersion(squares, counts.length, total);
    }

    /** By how much pieces vary more than independent observations would; 1 at least. */
    private static double dispersion(final double squares, final int pieces, final double expected) {
        return pieces < LEAST || !(expected > 0) ? 1 : Math.max(1, squares * pieces / (pieces - 1) / expected);
    }
}
