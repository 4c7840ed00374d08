// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import dev.sluice.bpf.pull.RangeCopier;
import dev.sluice.consumer.FakeTarget;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.ring.region.SlotDescriptor;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Copies from a target of this very process, as the BPF program does from another one's: for tests of the order. */
final class LocalCopier implements RangeCopier {
    private static final int LENGTH = MAX_OFFSET + MAX_RANGE_LENGTH;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(LENGTH + Long.BYTES);
    private final long data = NativeCalls.get().addressOf(buffer) + Long.BYTES - 1 & -Long.BYTES;
    private final long[] from = new long[MAX_RANGES];
    private final int[] lengths = new int[MAX_RANGES];
    private final int[] offsets = new int[MAX_RANGES];
    private final boolean[] isCopied = new boolean[MAX_RANGES];
    private final FakeTarget fake;
    private boolean isGone;
    private Runnable beforeCopy = () -> { };

    LocalCopier(final FakeTarget fake) {
        this.fake = fake;
    }

    /** Sets what happens before the bytes of events are copied. */
    void beforeContent(final Runnable action) {
        beforeCopy = action;
    }

    void processHasGone() {
        isGone = true;
    }

    @Override
    public void range(final int index, final long address, final int lengthBytes, final int offset) {
        assert lengthBytes >= 0 && lengthBytes <= MAX_RANGE_LENGTH && offset >= 0 && offset < MAX_OFFSET;
        from[index] = address;
        lengths[index] = lengthBytes;
        offsets[index] = offset;
    }

    @Override
    public boolean run(final int count) {
        if (isGone) {
            return false;
        }
        Arrays.fill(isCopied, false);
        for (int i = 0; i < count; i++) {
            if (lengths[i] > 0 && offsets[i] > PacketOffsets.CONTENT && offsets[i] < PacketOffsets.CONTENT_END) {
                beforeCopy.run();
            }
            isCopied[i] = isMapped(from[i], lengths[i]);
            if (isCopied[i]) {
                Memory.copy(from[i], data + offsets[i], lengths[i]);
            } else {
                Memory.zero(data + offsets[i], lengths[i]);
            }
        }
        return true;
    }

    private boolean isMapped(final long address, final int length) {
        final long headLength =
            RegionDescriptor.slotsOffset(FakeTarget.SLOTS) + FakeTarget.SLOTS * (long) SlotDescriptor.LENGTH;
        final long rings = fake.slot(0).ringAddress();
        return address >= fake.regionHead && address <= fake.regionHead + headLength - length
            || address >= rings && address <= rings + FakeTarget.SLOTS * FakeTarget.RING_STRIDE - length;
    }

    @Override
    public boolean isCopied(final int index) {
        return isCopied[index];
    }

    @Override
    public long data() {
        return data;
    }

    @Override
    public void close() {
        // The memory is the garbage collector's.
    }

    /** Where a batch's content is copied to: behind the slot's words. */
    private static final class PacketOffsets {
        private static final int CONTENT = SlotDescriptor.LONG_JOURNAL_OFFSET;
        private static final int CONTENT_END = CONTENT + 1024;
    }
}
