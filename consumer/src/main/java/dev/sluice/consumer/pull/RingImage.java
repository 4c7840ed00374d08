// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.pull;

import dev.sluice.bpf.pull.RangeCopier;
import dev.sluice.bpf.pull.StagingCopier;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.ring.drain.RecordSizing;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;

/**
 * What a consumer in pull mode knows of one ring at a time: its words, the descriptor of one chunk and the bytes of one
 * batch, copied out of the target's memory. The target cannot change what lies here, so what was checked here can be
 * used. For the receiving thread.
 *
 * <p>The order of the copies is that of the loads of whoever reads a ring in place: tail before ring length, chunk
 * limit and descriptors, the descriptor's begin once more after the rest of it, and the count of overwritten events
 * after the chunk that they were in.
 */
public final class RingImage {
    /** Rings that one {@link #look} covers at most. */
    public static final int LOOK_RINGS = RangeCopier.MAX_RANGES;

    private static final int WORDS_AT = SlotDescriptor.TAIL_OFFSET;
    private static final int WORDS_LENGTH = SlotDescriptor.HEAD_OFFSET + Long.BYTES - SlotDescriptor.TAIL_OFFSET;
    private static final int IDENTITY_LENGTH = SlotDescriptor.RING_ADDRESS_OFFSET + Long.BYTES;
    private static final int PACKET_AT = SlotDescriptor.LONG_JOURNAL_OFFSET;
    private static final int CONTENT_AT = PACKET_AT + PacketHeaderDescriptor.LENGTH;
    private static final int CHECK_AT = CONTENT_AT + RecordSizing.MAX_CONTENT_LENGTH;
    private static final int LOOK_AT = CHECK_AT + ChunkDescriptor.LENGTH;

    private final RangeCopier copier;
    /** The same copier, if the content of batches stays in the kernel; else null. */
    private final StagingCopier staging;
    private final TargetRegion region;
    private final long regionAddress;
    private final int chunkLength;
    private final long ringStride;
    private final long data;
    /** Of each ring as it was last seen: for guessing where the next chunk's descriptor is. */
    private final long[] ringLengths;
    private final int[] chunkLimits;
    private final boolean[] isLooked = new boolean[LOOK_RINGS];
    private int lookedFrom;
    private int ring;
    private Slot slot;
    private long position;
    private int ranges;

    /** How a copy went. */
    public enum Copy {
        /** Everything is there. */
        DONE,
        /** Something of it cannot be copied: it is not mapped, or its file was truncated. */
        UNREADABLE,
        /** There is no such process any more. */
        GONE
    }

    /**
     * Nothing is copied yet.
     *
     * @param regionAddress where the target says that its region begins
     */
    public RingImage(final RangeCopier copier, final TargetRegion region, final long regionAddress) {
        this.copier = copier;
        staging = copier instanceof StagingCopier ? (StagingCopier) copier : null;
        this.region = region;
        this.regionAddress = regionAddress;
        chunkLength = region.chunkLength();
        ringStride = region.ringStride();
        data = copier.data();
        ringLengths = new long[region.slotCount()];
        chunkLimits = new int[region.slotCount()];
    }

    /**
     * Copies tails and heads of rings in a row.
     *
     * @param count at most {@link #LOOK_RINGS}
     */
    public Copy look(final int firstRing, final int count) {
        lookedFrom = firstRing;
        ranges = 0;
        for (int i = 0; i < count; i++) {
            copy(slotAddress(firstRing + i) + WORDS_AT, WORDS_LENGTH, LOOK_AT + i * WORDS_LENGTH);
        }
        final Copy looked = run();
        for (int i = 0; i < count; i++) {
            isLooked[i] = looked == Copy.DONE || looked == Copy.UNREADABLE && copier.isCopied(i);
        }
        return looked;
    }

    /** Whether the last look has found a ring's words. */
    public boolean isSeen(final int ofRing) {
        return isLooked[ofRing - lookedFrom];
    }

    /**
     * Whether a ring that was looked at has events beyond what is drained.
     *
     * @param pulled value of the ring's pulled word
     */
    public boolean hasMore(final int ofRing, final long pulled) {
        final Slot looked = new Slot(ofRing, data + LOOK_AT + (ofRing - lookedFrom) * WORDS_LENGTH - WORDS_AT, 0,
            ringStride, chunkLength);
        final long tail = looked.tailAcquire();
        return drainedUpTo(looked, pulled, tail) < tail;
    }

    private static long drainedUpTo(final Slot of, final long pulled, final long tail) {
        return Math.max(of.headVolatile(tail), of.position(pulled, tail));
    }

    /**
     * Copies a ring's words, and the descriptor of the chunk that is drained next.
     *
     * @param pulled value of the ring's pulled word
     */
    public Copy read(final int newRing, final long pulled) {
        ring = newRing;
        slot = new Slot(ring, data, data + CONTENT_AT, ringStride, chunkLength);
        ranges = 0;
        copy(slotAddress(ring) + WORDS_AT, WORDS_LENGTH, WORDS_AT);
        copy(slotAddress(ring), IDENTITY_LENGTH, 0);
        final int guess = guess(pulled);
        if (guess >= 0) {
            copyDescriptor(guess);
        }
        final Copy words = run();
        if (words == Copy.GONE || !copier.isCopied(0) || !copier.isCopied(1)) {
            return words;
        }
        final long tail = slot.tailAcquire();
        position = drainedUpTo(slot, pulled, tail);
        ringLengths[ring] = slot.ringLength();
        chunkLimits[ring] = slot.chunkLimit();
        final int chunk = chunkOf(position);
        final long index = ringLengths[ring] == 0 ? 0 : position & ringLengths[ring] - 1;
        slot = new Slot(ring, data, data + CONTENT_AT - index, ringStride, chunkLength);
        if (chunk < 0 || chunk == guess) {
            // Without a length there is no chunk; beyond the limit, there may be no descriptor.
            return chunk < 0 ? Copy.DONE : words;
        }
        ranges = 0;
        copyDescriptor(chunk);
        return run();
    }

    /** Where the descriptor will be that {@link #read} wants, if the ring is as it was; or -1. */
    private int guess(final long pulled) {
        // A position modulo the ring's length takes the low bits only.
        return ringLengths[ring] == 0 ? -1 : chunkOf(pulled << 3);
    }

    private int chunkOf(final long at) {
        final int chunk =
            ringLengths[ring] == 0 ? -1 : (int) ((at & ringLengths[ring] - 1) / chunkLength);
        return chunk < chunkLimits[ring] ? chunk : -1;
    }

    private void copyDescriptor(final int chunk) {
        final int offset = SlotDescriptor.chunkOffset(chunk);
        copy(slotAddress(ring) + offset, ChunkDescriptor.LENGTH, offset);
        copy(slotAddress(ring) + offset, Long.BYTES, offset);
    }

    /** Copies the descriptors of all chunks below the limit: what comes next may lie in any. */
    public Copy readChunks() {
        final int from = SlotDescriptor.chunkOffset(0);
        ranges = 0;
        copy(slotAddress(ring) + from, chunkLimits[ring] * ChunkDescriptor.LENGTH, from);
        return run();
    }

    /** Whether the chunk at {@link #position} is not there any more: then {@link #readChunks} says what is. */
    public boolean isHole() {
        final int chunk = chunkOf(position);
        if (chunk < 0) {
            return true;
        }
        final long descriptor = data + SlotDescriptor.chunkOffset(chunk);
        return !isWhole(descriptor, ChunkDescriptor.STATE_OVERWRITTEN);
    }

    /** Whether a copied descriptor is that of the chunk at {@link #position}, in another state than one. */
    private boolean isWhole(final long descriptor, final int badState) {
        final long begin = slot.chunkBegin(position);
        final long state = Memory.getLong(descriptor + ChunkDescriptor.STATE_OFFSET);
        return Memory.getLong(descriptor + ChunkDescriptor.BEGIN_POSITION_OFFSET) == begin
            && (!ChunkDescriptor.isOf(state, begin) || ChunkDescriptor.state(state) != badState);
    }

    /** Whether the chunk at {@link #position} is one that its owner still writes to. */
    public boolean isOpen() {
        return !isHole() && Memory.getLong(data + SlotDescriptor.chunkOffset(chunkOf(position))
            + ChunkDescriptor.CONTENT_END_OFFSET) == 0;
    }

    /**
     * Copies bytes of the ring, from a position on, to where {@link #slot} then finds them.
     *
     * @param length at most a chunk's
     */
    public Copy readContent(final long from, final int length) {
        ranges = 0;
        content(from, length);
        return run();
    }

    /**
     * Copies a batch that begins at {@link #position}, behind {@link #packet}'s header, and then what {@link #isIntact}
     * looks at. If the copier stages, it stages the batch, and copies of it the header of the first event alone.
     *
     * @param length at most a chunk's
     */
    public Copy take(final int length) {
        final int chunk = chunkOf(position);
        ranges = 0;
        if (staging == null) {
            content(position, length);
        } else {
            // The header of the first event, which says when the batch begins, and the rest for the kernel alone.
            content(position, Long.BYTES);
            staging.stage(ranges++, contentAddress(position), length, contextLength());
        }
        copy(slotAddress(ring) + SlotDescriptor.chunkOffset(chunk), ChunkDescriptor.LENGTH, CHECK_AT);
        final long overwriting = Memory.getLong(data + SlotDescriptor.OVERWRITING_OFFSET);
        final int other = overwriting == 0 ? -1 : chunkOf(overwriting);
        if (other >= 0 && other != chunk) {
            copyDescriptor(other);
        }
        copy(slotAddress(ring) + SlotDescriptor.OVERWRITTEN_OFFSET, Long.BYTES, SlotDescriptor.OVERWRITTEN_OFFSET);
        return run();
    }

    private void content(final long from, final int length) {
        final long index = from & ringLengths[ring] - 1;
        slot = new Slot(ring, data, data + CONTENT_AT - index, ringStride, chunkLength);
        copy(contentAddress(from), length, CONTENT_AT);
    }

    private long contentAddress(final long from) {
        return Memory.getLong(data + SlotDescriptor.RING_ADDRESS_OFFSET) + (from & ringLengths[ring] - 1);
    }

    private int contextLength() {
        final StreamClass streamClass = slot.streamClass();
        return streamClass == null ? 0 : streamClass.contextLength();
    }

    /**
     * Whether the batch that was taken is what the owner wrote: its chunk was not overwritten, and will not be as long
     * as this consumer says that it takes it.
     */
    public boolean isIntact() {
        final long begin = slot.chunkBegin(position);
        return ChunkDescriptor.isOf(Memory.getLong(data + CHECK_AT + ChunkDescriptor.STATE_OFFSET), begin)
            && isWhole(data + CHECK_AT, ChunkDescriptor.STATE_OVERWRITTEN)
            && isWhole(data + CHECK_AT, ChunkDescriptor.STATE_OVERWRITING);
    }

    /** Whether the owner had marked the chunk of the batch that was taken, and had not decided yet. */
    public boolean isBeingOverwritten() {
        final long state = Memory.getLong(data + CHECK_AT + ChunkDescriptor.STATE_OFFSET);
        return ChunkDescriptor.isOf(state, slot.chunkBegin(position))
            && ChunkDescriptor.state(state) == ChunkDescriptor.STATE_OVERWRITING;
    }

    private long slotAddress(final int ofRing) {
        return regionAddress + region.slotOffset(ofRing);
    }

    private void copy(final long from, final int length, final int offset) {
        copier.range(ranges++, from, length, offset);
    }

    private Copy run() {
        if (!copier.run(ranges)) {
            return Copy.GONE;
        }
        for (int i = 0; i < ranges; i++) {
            if (!copier.isCopied(i)) {
                return Copy.UNREADABLE;
            }
        }
        return Copy.DONE;
    }

    /** The ring, over what was copied of it last: its words, one chunk's descriptor, and the content. */
    public Slot slot() {
        return slot;
    }

    /** Up to where the ring is drained: the larger of its head and of what was pulled. */
    public long position() {
        return position;
    }

    /** Where the packet's header goes; its content follows. */
    public long packet() {
        return data + PACKET_AT;
    }
}
