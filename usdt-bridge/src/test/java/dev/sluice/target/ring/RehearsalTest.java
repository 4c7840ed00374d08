// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import static dev.sluice.trace.Field.int64;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.LocalSession;
import dev.sluice.target.LocalTarget;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is tried before a session leaves nothing behind. */
@Timeout(400)
class RehearsalTest {
    @TempDir
    private Path directory;

    @Test
    void shouldLeaveTheFirstSlotAsItWasWhenASessionBegins() throws Exception {
        ChildProgram.runJava(directory, Child.class);
    }

    /** A process of its own: what is tried is tried at its first session only. */
    public static final class Child {
        private static final int EVENTS = 10;
        /** Header and one number. */
        private static final long EVENT_LENGTH = EventDescriptor.HEADER_LENGTH + Long.BYTES;

        private Child() {
        }

        public static void main(final String[] arguments) throws IOException {
            final Provider provider = Provider.named("rehearsed");
            final Tracepoint tracepoint = provider.tracepoint("t", int64("a"));
            try (LocalSession session = LocalSession.start(provider, FullPolicy.DISCARD, 0)) {
                final LocalTarget target = session.target();
                final Slot slot = target.memory().region().slot(0);
                final long before = slot.stateVolatile();
                assertThat(SlotDescriptor.generation(before)).as("what was tried took the slot").isOne();
                assertThat(SlotDescriptor.state(before)).isEqualTo(SlotDescriptor.STATE_FREE);
                assertThat(slot.tailAcquire()).isZero();
                assertThat(slot.headVolatile(slot.tailAcquire())).isZero();
                assertThat(slot.discardedAcquire()).isZero();
                assertThat(slot.sequenceAcquire()).isZero();
                for (int i = 0; i < EVENTS; i++) {
                    assertThat(tracepoint.fire(i)).isTrue();
                }
                assertThat(target.ring().slot().index()).isZero();
                assertThat(SlotDescriptor.generation(slot.stateVolatile())).isEqualTo(2);
                assertThat(SlotDescriptor.state(slot.stateVolatile())).isEqualTo(SlotDescriptor.STATE_ACTIVE);
                assertThat(target.ring().eventCount()).isEqualTo(EVENTS);
                // The ring has pages in its first chunk only, so that is where its events are.
                final long tail = slot.tailAcquire();
                final long begin = tail & -slot.ringLength();
                final long chunk = slot.chunkAddress(begin, slot.ringLength());
                assertThat(Memory.getLong(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET)).isEqualTo(begin);
                assertThat(Memory.getLong(chunk + ChunkDescriptor.EVENTS_BEFORE_OFFSET)).isZero();
                assertThat(tail - begin).isEqualTo(EVENTS * EVENT_LENGTH);
                assertThat(slot.discardedAcquire()).isZero();
            }
        }
    }
}
