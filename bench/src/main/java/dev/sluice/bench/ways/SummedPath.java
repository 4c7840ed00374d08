// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.ring.control.FullPolicy;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;

/**
 * Into the ring, whose batches a BPF program walks in the kernel, where it sums up the second values: what
 * {@code sluice record --sum} does, in another process under BLOCK. No event is stored.
 */
public final class SummedPath implements FirePath {
    private RecorderProcess recorder;

    @Override
    public void open(final Path directory) throws IOException, InterruptedException {
        OurEvent.PROVIDER.load();
        recorder = new RecorderProcess("BATCH", FullPolicy.BLOCK, directory, OurEvent.NUMBER);
    }

    @Override
    public long fire(final long a, final long b) {
        return OurEvent.TWO.fire(a, b) ? a : a + b;
    }

    @Override
    public Stored finish(final long fired) throws IOException, InterruptedException {
        return stored(fired, recorder.finish());
    }

    /** Checks number and sum of the values, which are the events' numbers. */
    static Stored stored(final long fired, final List<String> printed) {
        final String[] words = printed.size() == 1 ? printed.get(0).split(" ") : new String[0];
        if (words.length != 2) {
            throw new IllegalStateException("the recorder has printed: " + printed);
        }
        final BigInteger count = new BigInteger(words[0]);
        final BigInteger all = BigInteger.valueOf(fired);
        if (count.compareTo(all) > 0 || count.equals(all)
            && !all.multiply(all.subtract(BigInteger.ONE)).shiftRight(1).equals(new BigInteger(words[1]))) {
            throw new IllegalStateException("the kernel has summed up other values than were reported: reported="
                + fired + " count=" + words[0] + " sum=" + words[1]);
        }
        return new Stored(count.longValueExact(), "values that the kernel summed up");
    }

    @Override
    public void close() {
        if (recorder != null) {
            recorder.close();
        }
    }
}
