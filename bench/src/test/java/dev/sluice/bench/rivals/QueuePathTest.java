// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.rivals;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Values;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Queues whose consumer fails end the turn: neither do they wait for ever, nor is what is missing taken for a loss. */
@Timeout(120)
class QueuePathTest {
    private static final int SOME = 1_000;
    /** More than either queue has room for. */
    private static final int MANY = 1 << 20;

    @TempDir
    private Path directory;

    private static void fire(final FirePath path, final int count) {
        for (int i = 0; i < count; i++) {
            path.fire(Values.first(i), i);
        }
    }

    private Stored stored(final FirePath path) throws Exception {
        try (path) {
            path.open(directory);
            fire(path, SOME);
            return path.finish(SOME);
        }
    }

    @Test
    void shouldFindAllWhenTheConsumersTakeThem() throws Exception {
        final Stored agrona = stored(new AgronaPath());
        assertThat(agrona.events()).isEqualTo(SOME);
        // A header of 8 bytes before three longs.
        assertThat(agrona.bytesPerEvent()).isEqualTo(32);
        assertThat(agrona.place()).isEqualTo(Stored.Place.MEMORY);
        final Stored disruptor = stored(new DisruptorPath());
        assertThat(disruptor.events()).isEqualTo(SOME);
        // An object of three longs and the ring's reference to it, whatever the JVM's headers and references are.
        assertThat(disruptor.bytesPerEvent()).isBetween(32.0, 49.0);
        // Padded to four bytes, with a header of four.
        assertThat(stored(new ChroniclePath()).bytesPerEvent()).isEqualTo(28);
    }

    @Test
    void shouldFailTheTurnWhenTheConsumerOfAgronaHasFailed() throws Exception {
        final FirePath path = new AgronaPath((type, buffer, index, length) -> {
            throw new IllegalArgumentException("a broken message");
        });
        path.open(directory);
        fire(path, SOME);
        assertThatThrownBy(() -> path.finish(SOME)).isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("agrona-consumer has failed: java.lang.IllegalArgumentException: a broken message");
        assertThatThrownBy(() -> fire(path, MANY)).hasMessageContaining("agrona-consumer has failed");
    }

    @Test
    void shouldFailTheTurnAndNotWaitForEverWhenTheConsumerOfTheDisruptorHasFailed() throws Exception {
        final FirePath path = new DisruptorPath((slot, sequence, isBatchEnd) -> {
            throw new IllegalArgumentException("a broken slot");
        });
        path.open(directory);
        fire(path, MANY);
        assertThatThrownBy(() -> path.finish(MANY)).isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("the consumer has failed: java.lang.IllegalArgumentException: a broken slot");
    }
}
