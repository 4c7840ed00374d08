// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.event.EventDescriptor;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamClassTest {
    /** Traces of today hold these numbers, and the C side writes them: they never change. */
    @Test
    void shouldHaveTheCodesThatPacketsHoldWhenAsked() {
        assertThat(StreamClass.PLATFORM.code()).isZero();
        assertThat(StreamClass.CARRIER.code()).isOne();
        assertThat(StreamClass.TRAP.code()).isEqualTo(2);
        assertThat(StreamClass.values()).hasSize(3).allSatisfy(known ->
            assertThat(StreamClass.ofCode(known.code())).isSameAs(known));
    }

    @Test
    void shouldKnowNoClassWhenTheCodeIsOfNone() {
        assertThat(List.of(-1, StreamClass.values().length, Integer.MIN_VALUE, Integer.MAX_VALUE))
            .allSatisfy(code -> assertThat(StreamClass.ofCode(code)).isNull());
    }

    @Test
    void shouldPutTheVirtualThreadBeforeTheFieldsWhenTheRingIsACarriers() {
        assertThat(StreamClass.CARRIER.contextLength()).isEqualTo(EventDescriptor.VIRTUAL_THREAD_ID_LENGTH);
        assertThat(StreamClass.PLATFORM.contextLength()).isZero();
        assertThat(StreamClass.TRAP.contextLength()).isZero();
    }
}
