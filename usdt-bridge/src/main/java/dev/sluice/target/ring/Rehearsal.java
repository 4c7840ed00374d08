// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.os.NativeCalls;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Utf8;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.jvm.ThreadIds;
import dev.sluice.target.jvm.VirtualThreads;
import dev.sluice.usdt.StubCalls;

/** The first event of a ring, as it is tried before any thread fires one. Stateless: for the control thread. */
final class Rehearsal {
    /**
     * How often a method handle is called before the JVM writes code for it alone (its CUSTOMIZE_THRESHOLD is 127), and
     * somewhat more. That takes a millisecond, in the call in question.
     */
    private static final int SETTLED = 150;

    private Rehearsal() {
    }

    /** Makes the calls through method handles that a first event makes, until the JVM writes no more code for them. */
    static void ofHandles(final Clock clock) {
        for (int i = 0; i < SETTLED; i++) {
            NativeCalls.get().gettid();
            ThreadIds.of(VirtualThreads.carrier());
            clock.ticks();
            if (StubCalls.nothing() != 0) {
                StubCalls.drain(StubCalls.nothing(), 0, 0, 0);
            }
            if (VirtualThreads.exist()) {
                VirtualThreads.isCurrent();
                VirtualThreads.pin();
                VirtualThreads.unpin();
            }
        }
    }

    /** Takes an event that nobody commits. */
    static void of(final RingProducer ring, final String text, final Clock clock) {
        FirstCost.note(ring.slot(), 0, FirstCost.nowNs());
        final int textLength = Utf8.encodedLength(text, SlotDescriptor.NAME_CAPACITY);
        final int length = EventDescriptor.align(EventDescriptor.HEADER_LENGTH + textLength);
        if (ring.hasRoomFor(clock.ticks(), length)) {
            ring.tryClaim(clock.ticks(), 1, length);
            final long address = ring.claim(clock.ticks(), 1, length);
            if (address != RingProducer.REFUSED) {
                Utf8.put(text, address + EventDescriptor.HEADER_LENGTH, textLength);
            }
            ring.tryClaim(clock.ticks(), 1, length);
            ring.end();
        }
    }
}
