// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * How long single fires took, in ns, as HdrHistogram encodes it in base 64. Immutable.
 *
 * @param plain    of those that only stored their event
 * @param draining of those that carried a batch to the other side as well
 */
public record FireTimes(String plain, String draining) {
    /** Of a turn that has not looked at single fires. */
    public static final FireTimes NONE = new FireTimes("", "");

    /** Encodes two histograms. */
    public static FireTimes of(final Histogram plain, final Histogram draining) {
        return new FireTimes(encoded(plain), encoded(draining));
    }

    /** What {@link #text} has made. */
    public static FireTimes parse(final String text) {
        final String[] words = text.split(" ");
        return new FireTimes(words[0], words[1]);
    }

    /** Both, in one line. */
    public String text() {
        return plain + ' ' + draining;
    }

    /** Whether nobody has looked. */
    public boolean isNone() {
        return plain.isEmpty();
    }

    /**
     * Those of several turns together.
     *
     * @param times each with histograms of the same range
     * @return {@link #NONE} if there is none
     */
    public static FireTimes sum(final Collection<FireTimes> times) {
        final Histogram plain = new Histogram(3);
        final Histogram draining = new Histogram(3);
        times.stream().filter(one -> !one.isNone()).forEach(one -> {
            plain.add(one.plainTimes());
            draining.add(one.drainingTimes());
        });
        return plain.getTotalCount() + draining.getTotalCount() == 0 ? NONE : of(plain, draining);
    }

    /** Of those that only stored their event. */
    public Histogram plainTimes() {
        return decoded(plain);
    }

    /** Of those that carried a batch. */
    public Histogram drainingTimes() {
        return decoded(draining);
    }

    /** Of all fires. */
    public Histogram allTimes() {
        final Histogram all = plainTimes();
        all.add(drainingTimes());
        return all;
    }

    private static String encoded(final Histogram histogram) {
        final ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        final int length = histogram.encodeIntoCompressedByteBuffer(bytes);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
    }

    private static Histogram decoded(final String text) {
        try {
            final Histogram histogram =
                Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(Base64.getDecoder().decode(text)), 0);
            histogram.setAutoResize(true);
            return histogram;
        } catch (final DataFormatException e) {
            throw new IllegalArgumentException("no histogram: " + text, e);
        }
    }
}
