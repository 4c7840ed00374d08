// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.races;

import dev.sluice.ring.RingControl;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.control.ConsumerWordsDescriptor;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.drain.BatchSink;
import dev.sluice.ring.drain.RecordSizing;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.JournalDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.UnsafeApi;

/**
 * A ring of four chunks of eight events, a control file and a live session, for one round of a race. Its memory comes
 * from a pool, because a harness makes thousands of rounds at once: whoever ends a round gives it back.
 * <p>
 * Events count from 0, so that {@link #verdict} knows what each must be. The sink plays the kernel, a slow one: it
 * reads the content twice.
 */
final class RaceRing implements RingControl {
    static final int CHUNK = 128;
    static final int RING = 4 * CHUNK;
    static final int EVENT = 16;
    static final int EVENTS_PER_CHUNK = CHUNK / EVENT;
    static final int EPOCH = 3;
    static final int OWNER_TID = 1;
    static final int OTHER_TID = 2;
    static final int RECORD = RecordSizing.recordLength(EVENT, false);

    private static final int MAX_BATCHES = 32;
    private static final int SLOT_LENGTH = SlotDescriptor.CHUNKS_OFFSET + 512;
    private static final int JOURNAL_USED = MAX_BATCHES * JournalDescriptor.LENGTH;
    private static final int CONTROL_WORDS = ControlFileDescriptor.BODY_OFFSET;
    private static final long CONTROL_LENGTH = ControlFileDescriptor.fileLength(2);
    private static final TargetId ID = new TargetId(new UUID(1, 2));
    private static final EventWalker WALKER = new EventWalker(
        List.of(new EventSchema(1, "race", "word", List.of(new FieldSchema("n", FieldType.INT64)))));
    private static final Queue<Long> POOL = new ConcurrentLinkedQueue<>();

    final ControlFile control;
    final Slot slot;
    private final long block;
    private final FullPolicy policy;
    private final RingDrainer ownerDrainer;
    private final RingDrainer otherDrainer;
    private final long[] firsts = new long[MAX_BATCHES];
    private final int[] counts = new int[MAX_BATCHES];
    private volatile int batches;
    private volatile int contradictions;
    private RingProducer producer;
    private int fired;
    private int refused;

    /** A ring of its own, with a session without bounds. */
    RaceRing(final FullPolicy policy, final boolean ownerDrains) {
        this(policy, ownerDrains, null, 0, 1L << 30);
    }

    /** A ring that shares the control file of a first one, if that is not null. */
    RaceRing(final FullPolicy policy, final boolean ownerDrains, final RaceRing first, final int index,
             final long creditCapacity) {
        final Long pooled = POOL.poll();
        block = pooled != null ? pooled : UnsafeApi.allocateMemory(CONTROL_LENGTH + SLOT_LENGTH + RING);
        Memory.zero(block, CONTROL_WORDS);
        Memory.zero(block + ControlFileDescriptor.CONSUMER_WORDS_OFFSET, 2 * ConsumerWordsDescriptor.LENGTH);
        final long slotAddress = block + CONTROL_LENGTH;
        Memory.zero(slotAddress, SlotDescriptor.JOURNAL_OFFSET + JOURNAL_USED);
        Memory.zero(slotAddress + SlotDescriptor.CHUNKS_OFFSET, SLOT_LENGTH - SlotDescriptor.CHUNKS_OFFSET + RING);
        this.policy = policy;
        control = first == null ? new ControlFile(block, 2) : first.control;
        slot = new Slot(index, slotAddress, slotAddress + SLOT_LENGTH, RING, CHUNK);
        ownerDrainer = ownerDrains ? drainer(OWNER_TID) : null;
        otherDrainer = drainer(OTHER_TID);
        if (first == null) {
            startSession(EPOCH, creditCapacity);
        }
        enterOwner();
    }

    private RingDrainer drainer(final int tid) {
        return new RingDrainer(control, ID, new Kernel(), () -> WALKER, tid);
    }

    /** What consumer and control thread do when a session begins. */
    void startSession(final int epoch, final long creditCapacity) {
        control.compareAndSetCreditsConsumed(control.creditsConsumedVolatile(), TaggedWord.of(epoch, 0));
        for (int i = 0; i < control.slotCount(); i++) {
            control.compareAndSetReceived(i, control.receivedVolatile(i), TaggedWord.of(epoch, 0));
        }
        control.putCreditsClaimedVolatile(TaggedWord.of(epoch, 0));
        control.sessionBuffer(creditCapacity, 0);
        control.putActiveEpochVolatile(epoch);
    }

    /** A thread takes the slot, whose ring is drained. */
    void enterOwner() {
        final int generation = SlotDescriptor.generation(slot.stateVolatile()) + 1;
        final long tail = slot.tailAcquire();
        final long last = Math.max(tail, slot.headVolatile(tail));
        final long first = Math.max(CHUNK, last + CHUNK - 1 & -CHUNK);
        slot.compareAndSetState(slot.stateVolatile(),
            SlotDescriptor.stateWord(generation, SlotDescriptor.STATE_CLAIMED));
        slot.identity(OWNER_TID, StreamClass.PLATFORM, 1, 1, "", RING, first);
        slot.putHeadWordVolatile(Slot.headWord(TaggedWord.epoch(slot.headWordVolatile()), first));
        producer = new RingProducer(slot, this, first, slot.drainedEventsAcquire());
        slot.compareAndSetState(slot.stateVolatile(),
            SlotDescriptor.stateWord(generation, SlotDescriptor.STATE_ACTIVE));
    }

    /** Whether the slot may go to another thread (R10). */
    boolean isDrained() {
        final long tail = slot.tailAcquire();
        return slot.headVolatile(tail) >= tail;
    }

    /** By the owner. Returns how many events were refused. */
    int fire(final int events) {
        int refusals = 0;
        for (int i = 0; i < events; i++) {
            // As tracepoints do: the usual way first.
            final long usual = producer.tryClaim(fired, 1, EVENT);
            final long address = usual != RingProducer.REFUSED ? usual : producer.claim(fired, 1, EVENT);
            if (address == RingProducer.REFUSED) {
                refusals++;
            } else {
                Memory.putLong(address + Long.BYTES, fired);
                producer.commit(address, EVENT);
                fired++;
            }
        }
        refused += refusals;
        return refusals;
    }

    /** By the other drainer: control thread or drain thread. */
    int drain(final boolean partial) {
        return otherDrainer.drain(slot, partial);
    }

    /**
     * By the arbiter, once: drains the rest, gives the memory back and says what is wrong.
     *
     * @return 0, or a sum of 1 (order, repetition), 2 (contents), 4 (R7 does not hold), 8 (the lock is held)
     */
    int verdict() {
        otherDrainer.drain(slot, true);
        int verdict = contradictions + (slot.drainLockVolatile() == 0 ? 0 : 8);
        long next = 0;
        long stored = 0;
        for (int i = 0; i < batches; i++) {
            verdict |= firsts[i] < next ? 1 : 0;
            next = firsts[i] + counts[i];
            stored += counts[i];
        }
        final boolean isExact = stored + slot.overwrittenAcquire() == fired && slot.discardedAcquire() == refused;
        release();
        return verdict | (isExact ? 0 : 4);
    }

    /** Gives the memory back. */
    void release() {
        POOL.add(block);
    }

    /** Batches drained so far. */
    int batches() {
        return batches;
    }

    @Override
    public void drainFull(final RingProducer ring) {
        if (ownerDrainer != null) {
            ownerDrainer.drain(slot, false);
        }
    }

    @Override
    public long ringLength(final long ringLength) {
        return ringLength;
    }

    @Override
    public FullPolicy fullPolicy() {
        return policy;
    }

    @Override
    public long blockTimeoutNs() {
        return 0;
    }

    @Override
    public EventWalker walker() {
        return WALKER;
    }

    @Override
    public boolean isLive() {
        return true;
    }

    @Override
    public boolean isStalled() {
        return false;
    }

    @Override
    public long refusalTicks() {
        return 0;
    }

    /** Called by whoever holds the drain lock, which orders these plain stores. */
    private final class Kernel implements BatchSink {
        @Override
        public boolean isAttached() {
            return true;
        }

        @Override
        public void drain(final long headerAddress, final long contentAddress, final int paddedLength) {
            final long first = Memory.getLong(headerAddress + PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET);
            final int count = Memory.getInt(headerAddress + PacketHeaderDescriptor.EVENT_COUNT_OFFSET);
            final int batch = batches;
            firsts[batch] = first;
            counts[batch] = count;
            batches = batch + 1;
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < count; i++) {
                    final long event = contentAddress + (long) i * EVENT;
                    if (Memory.getLong(event + Long.BYTES) != first + i
                        || Memory.getLong(event) != ((first + i) << 16 | 1)) {
                        contradictions = 2;
                    }
                }
            }
            if (count * EVENT != paddedLength) {
                contradictions = 2;
            }
        }
    }
}
