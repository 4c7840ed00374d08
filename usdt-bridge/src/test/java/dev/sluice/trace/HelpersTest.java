// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.target.LocalSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What the helpers declare, and that they leave the application alone while nobody traces. */
class HelpersTest {
    private static final long BLOCK_NS = 1_000_000;
    /** Header and two words. */
    private static final int EVENT_LENGTH = 24;
    private static final Provider PROVIDER = Provider.named("helpers");

    @Test
    void shouldDeclareBeginAndEndWhenALatencyIsMade() throws Exception {
        final Latency latency = Latency.of(PROVIDER, "parse");
        assertThat(PROVIDER.find("parse_begin").fields()).extracting(Field::name).containsExactly("probe_ns");
        assertThat(PROVIDER.find("parse_end").fields()).extracting(Field::name)
            .containsExactly("probe_ns", "duration_ns");
        PROVIDER.load();
        assertThat(latency.isEnabled()).isFalse();
        assertThat(latency.measure(() -> 42)).isEqualTo(42);
        assertThatThrownBy(() -> latency.around(() -> {
            throw new IOException("the block's own");
        })).isInstanceOf(IOException.class);
        try (Latency.Span span = latency.begin(); Latency.Span same = latency.begin()) {
            assertThat(span).as("nothing is allocated while it is off").isSameAs(same);
        }
    }

    @Test
    void shouldRefuseADepthWhenItIsOutOfRange() {
        final StackTracer tracer = StackTracer.of(PROVIDER, "stack", 16);
        assertThat(PROVIDER.find("stack").fields()).extracting(Field::name)
            .containsExactly("probe_ns", "depth", "frames");
        assertThat(tracer.isEnabled()).isFalse();
        assertThat(tracer.fire()).isFalse();
        assertThatThrownBy(() -> StackTracer.of(PROVIDER, "stack", 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StackTracer.of(PROVIDER, "stack", 1025)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldMeasureTheBlockAndItselfWhenTraced() throws Exception {
        final Latency latency = Latency.of(PROVIDER, "work");
        PROVIDER.load();
        try (LocalSession session = LocalSession.enable("helpers:work_*")) {
            assertThat(latency.isEnabled()).isTrue();
            final long before = System.nanoTime();
            latency.around(() -> {
                final long begin = System.nanoTime();
                while (System.nanoTime() - begin < BLOCK_NS) {
                    Thread.onSpinWait();
                }
            });
            final long whole = System.nanoTime() - before;
            final ByteBuffer end = ByteBuffer.wrap(session.newest(EVENT_LENGTH)).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(end.getLong(0)).as("inside the begin").isBetween(1L, whole - BLOCK_NS);
            assertThat(end.getLong(8)).as("of the block").isBetween(BLOCK_NS, whole);
            try (Latency.Span span = latency.begin()) {
                final byte[] begin = session.newest(EVENT_LENGTH - Long.BYTES);
                assertThat(ByteBuffer.wrap(begin).order(ByteOrder.LITTLE_ENDIAN).getLong(0))
                    .as("inside the end before").isPositive();
                assertThat(span).isNotNull();
            }
        }
    }

    @Test
    void shouldBeginWithTheCallerWhenAStackIsTraced() {
        final StackTracer tracer = StackTracer.of(PROVIDER, "where", 2);
        PROVIDER.load();
        try (LocalSession session = LocalSession.enable("helpers:where")) {
            // The first one makes the ring.
            tracer.fire();
            final long before = session.tail();
            assertThat(tracer.fire()).isTrue();
            final ByteBuffer event =
                ByteBuffer.wrap(session.newest((int) (session.tail() - before))).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(event.getLong(0)).as("what the first one cost").isPositive();
            assertThat(event.getInt(8)).isEqualTo(2);
            final byte[] text = new byte[event.getShort(12)];
            event.get(14, text);
            final String[] frames = new String(text, StandardCharsets.UTF_8).split(";");
            assertThat(frames).hasSize(2);
            assertThat(frames[0]).matches(
                "dev\\.sluice\\.trace\\.HelpersTest\\.shouldBeginWithTheCallerWhenAStackIsTraced:\\d+");
        }
    }
}
