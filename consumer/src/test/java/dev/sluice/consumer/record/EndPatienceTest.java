// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.session.DrainCommands;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** For how long the end of a recording waits, by what a target's rings hold and by what they say. */
class EndPatienceTest {
    private static final long BYTES_PER_SECOND = 16 << 20;

    private static long extraNs(final Target target) {
        return EndPatience.begin(target.region()).answerNs() - DrainCommands.ANSWER_NS;
    }

    @Test
    void shouldWaitLongerByWhatLiesInTheRingsAndNoLongerByWhatIsOnlySaidToLieThere() throws IOException {
        final FakeTarget fake = new FakeTarget();
        try (Target target = fake.open()) {
            assertThat(extraNs(target)).isZero();
            final long ringLength = 4L * FakeTarget.CHUNK_LENGTH;
            final Slot slot = fake.slot(0);
            slot.identity(1, StreamClass.PLATFORM, 1, 1, "owner", ringLength, FakeTarget.CHUNK_LENGTH);
            fake.slotLimit(1);
            final long tail = slot.address() + SlotDescriptor.TAIL_OFFSET;
            Memory.putLongVolatile(tail, FakeTarget.CHUNK_LENGTH + 2L * FakeTarget.CHUNK_LENGTH);
            slot.compareAndSetHeadWord(slot.headWordVolatile(), Slot.headWord(0, FakeTarget.CHUNK_LENGTH));
            assertThat(extraNs(target))
                .isEqualTo(TimeUnit.SECONDS.toNanos(2L * FakeTarget.CHUNK_LENGTH) / BYTES_PER_SECOND);
            // A lie: never more than the ring is long, nor than the kernel has given the file.
            for (final long said : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, -1, 1L << 47}) {
                Memory.putLongVolatile(tail, said);
                assertThat(extraNs(target)).as("tail %d", said)
                    .isBetween(0L, TimeUnit.SECONDS.toNanos(ringLength) / BYTES_PER_SECOND);
            }
        } finally {
            fake.close();
        }
    }

    @Test
    void shouldLeaveAMomentWhenOthersHaveTakenTheTime() throws IOException {
        final FakeTarget fake = new FakeTarget();
        try (Target target = fake.open()) {
            final EndPatience patience = EndPatience.begin(target.region());
            assertThat(patience.latestNs() - System.nanoTime()).isBetween(1L, DrainCommands.ANSWER_NS);
        } finally {
            fake.close();
        }
    }
}
