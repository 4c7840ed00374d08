// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.testsupport.Seed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.Test;

class ErrorLogTest {
    private final ByteBuffer memory = BufferUtil.allocateDirectAligned(ErrorLogDescriptor.LENGTH, Long.BYTES);
    private final long address = BufferUtil.address(memory);
    private final ErrorLog log = new ErrorLog(address);

    private byte[] section() {
        return Memory.getBytes(address, ErrorLogDescriptor.LENGTH);
    }

    private static Throwable error(final String message) {
        final IllegalStateException error = new IllegalStateException(message);
        error.setStackTrace(new StackTraceElement[] {new StackTraceElement("Some", "where", "Some.java", 7)});
        return error;
    }

    @Test
    void shouldHaveEachDistinctErrorOnceWithItsCountAndTimes() {
        final long before = System.currentTimeMillis();
        for (int i = 0; i < 3; i++) {
            log.record(error("one"));
        }
        log.record(error("twö"));
        final long after = System.currentTimeMillis();
        final List<DistinctError> errors = ErrorLog.read(section());
        assertThat(errors).extracting(DistinctError::count).containsExactly(3L, 1L);
        assertThat(errors).extracting(DistinctError::headline).containsExactly(
            "java.lang.IllegalStateException: one", "java.lang.IllegalStateException: twö");
        assertThat(errors.get(0).text()).endsWith("at Some.where(Some.java:7)");
        assertThat(errors).allSatisfy(error ->
            assertThat(error.firstMs()).isBetween(before, error.lastMs()).isLessThanOrEqualTo(after));
        assertThat(ErrorLog.unrecorded(section())).isZero();
    }

    @Test
    void shouldCountWhatFindsNoRoomWhenTheLogIsFull() {
        final int distinct = 2000;
        for (int i = 0; i < distinct; i++) {
            log.record(error("number " + i));
        }
        final int recorded = ErrorLog.read(section()).size();
        assertThat(recorded).isGreaterThan(100);
        assertThat(ErrorLog.unrecorded(section())).isEqualTo(distinct - recorded);
        log.record(error("number 0"));
        assertThat(ErrorLog.read(section()).get(0).count()).as("what is in it is still counted").isEqualTo(2);
    }

    @Test
    void shouldReadWhatItCanWhenTheSectionIsForged() {
        final long seed = Seed.draw("ErrorLogTest");
        final Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            final byte[] forged = new byte[4096];
            random.nextBytes(forged);
            assertThat(ErrorLog.read(forged).size()).isLessThan(forged.length);
        }
        log.record(error("sound"));
        final byte[] section = section();
        final int length = ByteBuffer.wrap(section).order(ByteOrder.LITTLE_ENDIAN)
            .getInt(ErrorLogDescriptor.RECORDS_OFFSET);
        for (final int lie : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1, section.length}) {
            ByteBuffer.wrap(section).order(ByteOrder.LITTLE_ENDIAN).putInt(
                ErrorLogDescriptor.RECORDS_OFFSET + EventDescriptor.align(length), lie);
            assertThat(ErrorLog.read(section)).hasSize(1);
        }
    }
}
