// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.drain.BatchSink;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.agrona.UnsafeApi;

/**
 * What happens to one ring in a life of a target, drawn from a seed: events of odd lengths, clocks that go back or
 * jump, flushes, sessions that come and go, full kernel buffers, slow consumers, new owners of the slot. The same seed
 * gives the same steps. Run as an instrumented copy by {@link InstrumentedLoader}; one thread plays all actors.
 */
public final class RingScenario implements Runnable, RingControl {
    private static final int OWNER_TID = 100;
    private static final int CONTROL_TID = 200;
    private static final int ADOPTER_TID = 300;
    private static final int PREEMPTING_EVENTS = 45;
    static final long CREDITS = 4L * (8 + PacketHeaderDescriptor.LENGTH + RingRun.CHUNK);
    private static final EventSchema WORDS = new EventSchema(1, "test", "words",
        List.of(new FieldSchema("a", FieldType.INT64), new FieldSchema("b", FieldType.INT64)));
    private static final EventSchema TEXT = new EventSchema(2, "test", "text",
        List.of(new FieldSchema("s", FieldType.STRING), new FieldSchema("n", FieldType.INT8)));
    static final List<EventSchema> SCHEMAS = List.of(WORDS, TEXT);

    private final RingRun run;
    private final Random random;
    private final Slot slot;
    private final ControlFile control;
    private final EventWalker walker = new EventWalker(SCHEMAS);
    private final KernelSink sink = new KernelSink();
    private final Pages pages;
    private final RingDrainer controlDrainer;
    private final RingDrainer adopter;
    private RingDrainer ownerDrainer;
    private RingProducer producer;
    private long ticks = RingRun.FIRST_TICKS;
    private long lastTicks = Long.MIN_VALUE;
    private int epoch;
    private int generation;
    private boolean ownerActs;
    private boolean isTakingOver;

    /** The scenario of a run. */
    public RingScenario(final RingRun run) {
        this.run = run;
        this.random = new Random(run.seed);
        this.slot = new Slot(0, run.slot, run.ring, RingRun.GREATEST_RING, RingRun.CHUNK);
        this.control = new ControlFile(run.control, 1);
        this.controlDrainer = drainer(CONTROL_TID);
        this.adopter = drainer(ADOPTER_TID);
        this.pages = new Pages();
        pages.takeAll();
    }

    private RingDrainer drainer(final int tid) {
        return new RingDrainer(control, new TargetId(new UUID(1, 2)), sink, () -> walker, tid);
    }

    @Override
    public void run() {
        StoreMeter.preemptBy(this::preempt);
        attempt(this::enterOwner);
        attempt(this::beginSession);
        for (int i = 0; i < run.operations; i++) {
            final int drawn = random.nextInt(100);
            if (producer == null) {
                attempt(this::enterOwner);
            } else if (drawn < 80) {
                final int bytes = random.nextInt(40);
                ticks += random.nextInt(200) == 0 ? EventDescriptor.MAX_TICKS_SPAN : step();
                attempt(() -> fire(bytes));
            } else {
                attempt(() -> happen(drawn));
            }
        }
        attempt(this::beginSession);
        attempt(this::flush);
    }

    /** A clock that goes back now and then, but for errors, after which nobody knows what the ring clamps to. */
    private int step() {
        return random.nextInt(5) - (run.kind == RingRun.Kind.ERROR ? 0 : 1);
    }

    private void happen(final int drawn) {
        if (drawn < 86) {
            flush();
        } else if (drawn < 88) {
            pages.trim();
        } else if (drawn < 94) {
            receive();
        } else if (drawn < 96) {
            sink.isFull = !sink.isFull;
        } else if (drawn < 98) {
            if (control.activeEpochVolatile() == 0) {
                beginSession();
            } else {
                control.putActiveEpochVolatile(0);
            }
        } else {
            leaveOwner();
        }
    }

    /** An error ends one operation of its thread, as Tracepoint.fire and the control thread have it. */
    private void attempt(final Runnable operation) {
        try {
            operation.run();
        } catch (final StoreMeter.Stopped e) {
            if (run.kind != RingRun.Kind.ERROR) {
                throw e;
            }
            run.inFlight = null;
        } finally {
            ownerActs = false;
        }
    }

    private void preempt() {
        if (run.seed % 2 == 0) {
            pages.trim();
        }
        if (run.kind == RingRun.Kind.TAKEOVER) {
            if (!isTakingOver) {
                beginSession();
                flush();
            }
        } else if (ownerActs) {
            controlDrainer.drain(slot, true);
        } else if (producer != null) {
            for (int i = 0; i < PREEMPTING_EVENTS; i++) {
                fire(i % 40);
            }
        }
    }

    /** As a consumer and the target's control thread do together. */
    private void beginSession() {
        isTakingOver = true;
        final long received = run.received.isEmpty() ? 0
            : run.received.get(run.received.size() - 1).word(PacketHeaderDescriptor.SEQUENCE_OFFSET);
        epoch++;
        run.epoch = epoch;
        control.compareAndSetCreditsConsumed(control.creditsConsumedVolatile(), TaggedWord.of(epoch, 0));
        control.compareAndSetReceived(0, control.receivedVolatile(0),
            TaggedWord.of(epoch, Math.max(received, slot.sequenceAcquire())));
        control.putCreditsClaimedVolatile(TaggedWord.of(epoch, 0));
        control.sessionBuffer(CREDITS, 0);
        // A drainer that is in a drain of the old session has the lock: then its ring is left to it.
        adopter.adopt(slot, epoch);
        control.putActiveEpochVolatile(epoch);
        isTakingOver = false;
    }

    /** The consumer takes everything that the kernel has. */
    private void receive() {
        control.compareAndSetReceived(0, control.receivedVolatile(0), TaggedWord.of(epoch, slot.sequenceAcquire()));
        final long claimed = control.creditsClaimedVolatile();
        if (TaggedWord.epoch(claimed) == epoch) {
            control.compareAndSetCreditsConsumed(control.creditsConsumedVolatile(), claimed);
        }
    }

    private void flush() {
        controlDrainer.drain(slot, true);
    }

    /** A thread takes the slot, as its first fire does. */
    private void enterOwner() {
        ownerActs = true;
        final long word = slot.stateVolatile();
        if (SlotDescriptor.state(word) == SlotDescriptor.STATE_FREE) {
            generation = SlotDescriptor.generation(word) + 1;
            slot.compareAndSetState(word, SlotDescriptor.stateWord(generation, SlotDescriptor.STATE_CLAIMED));
        }
        final long first = nextChunk();
        slot.identity(OWNER_TID, StreamClass.PLATFORM, generation, 12, "owner", RingRun.RING, first);
        slot.putHeadWordVolatile(Slot.headWord(TaggedWord.epoch(slot.headWordVolatile()), first));
        ownerDrainer = drainer(OWNER_TID);
        final RingProducer entered = new RingProducer(slot, this, pages, first, slot.drainedEventsAcquire());
        Memory.putLongRelease(slot.address() + SlotDescriptor.STATE_OFFSET,
            SlotDescriptor.stateWord(generation, SlotDescriptor.STATE_ACTIVE));
        producer = entered;
    }

    private long nextChunk() {
        final long tail = slot.tailAcquire();
        final long last = Math.max(tail, slot.headVolatile(tail));
        return Math.max(RingRun.CHUNK, last + RingRun.CHUNK - 1 & -RingRun.CHUNK);
    }

    /** The owner dies; the sweep frees its slot if everything is drained (R10). */
    private void leaveOwner() {
        ownerActs = true;
        final long tail = slot.tailAcquire();
        if (slot.headVolatile(tail) >= tail) {
            producer.end();
            slot.putHeadWordVolatile(Slot.headWord(TaggedWord.epoch(slot.headWordVolatile()), nextChunk()));
            pages.takeAll();
            slot.compareAndSetState(slot.stateVolatile(),
                SlotDescriptor.stateWord(generation, SlotDescriptor.STATE_FREE));
            producer = null;
        }
    }

    private void fire(final int textLength) {
        ownerActs = true;
        final boolean isText = textLength % 3 != 0;
        final int id = isText ? TEXT.id() : WORDS.id();
        final int length = isText ? 8 + 2 + textLength + 1 : 24;
        final long clamped = Math.max(lastTicks, ticks);
        final RingRun.Event event = new RingRun.Event(clamped, bytes(clamped, id, length, textLength));
        run.inFlight = event;
        // What production fires first, and what it falls back to, which must do alone as well.
        final long usual = textLength % 2 == 0 ? RingProducer.REFUSED
            : producer.tryClaim(ticks, id, EventDescriptor.align(length));
        final long address = usual != RingProducer.REFUSED ? usual
            : producer.claim(ticks, id, EventDescriptor.align(length));
        if (address == RingProducer.REFUSED) {
            run.refused++;
        } else {
            lastTicks = clamped;
            Memory.putBytes(address + 8, event.bytes(), 8, length - 8);
            if (usual != RingProducer.REFUSED) {
                producer.commit(usual, length);
            } else {
                producer.commit(length);
            }
            run.events.add(event);
        }
        run.inFlight = null;
    }

    private byte[] bytes(final long eventTicks, final int id, final int length, final int textLength) {
        final ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        final int number = run.events.size();
        bytes.putLong(eventTicks << 16 | id);
        if (id == WORDS.id()) {
            return bytes.putLong(number).putLong(~number).array();
        }
        final String text = (number + "-" + "x".repeat(40)).substring(0, textLength);
        return bytes.putShort((short) textLength).put(text.getBytes(StandardCharsets.UTF_8)).put((byte) 7).array();
    }

    @Override
    public void drainFull(final RingProducer ring) {
        if (run.ownerDrains) {
            ownerDrainer.drain(slot, false);
        }
    }

    @Override
    public long ringLength(final long ringLength) {
        // Two of three owners' rings grow, and every next owner begins with a small one again.
        return generation % 3 == 0 ? ringLength : RingRun.GREATEST_RING;
    }

    @Override
    public FullPolicy fullPolicy() {
        return FullPolicy.valueOf(run.policy);
    }

    @Override
    public long blockTimeoutNs() {
        return 0;
    }

    @Override
    public EventWalker walker() {
        return walker;
    }

    @Override
    public boolean isLive() {
        return control.activeEpochVolatile() != 0;
    }

    @Override
    public boolean isStalled() {
        return false;
    }

    @Override
    public long refusalTicks() {
        return 0;
    }

    /** Pages that are given or refused at random, and taken away again; what is taken away is poisoned. */
    private final class Pages implements RingPages {
        private static final int PAGE = 32;

        private final boolean[] isOpen = new boolean[run.backed.length];
        private final boolean[] isTaken = new boolean[run.backed.length];
        private final Random luck = new Random(run.seed + 1);

        @Override
        public int open(final int chunk) {
            if (isTaken[chunk]) {
                return 0;
            }
            isOpen[chunk] |= run.backed[chunk] > 0;
            return run.backed[chunk];
        }

        @Override
        public int extend(final int chunk, final int leastBytes) {
            if (luck.nextInt(4) != 0 && !isTaken[chunk]) {
                final int wanted = Math.max(leastBytes + PAGE - 1 & -PAGE, luck.nextInt(3) * PAGE);
                run.backed[chunk] = Math.max(run.backed[chunk], Math.min(RingRun.CHUNK, wanted));
            }
            return open(chunk);
        }

        @Override
        public void close(final int chunk) {
            isOpen[chunk] = false;
        }

        /** As the control thread does at any moment. */
        void trim() {
            for (int i = 0; i < run.backed.length; i++) {
                if (!isOpen[i] && run.backed[i] > 0 && !isTaken[i]) {
                    // First of all: from here on the owner does not enter it.
                    isTaken[i] = true;
                    if (slot.isChunkDrained(i)) {
                        take(i);
                    }
                    isTaken[i] = false;
                }
            }
        }

        /** As the sweep does with a dead thread's. */
        void takeAll() {
            for (int i = 0; i < run.backed.length; i++) {
                isOpen[i] = false;
                take(i);
            }
        }

        void take(final int chunk) {
            run.backed[chunk] = 0;
            for (int i = 0; i < RingRun.CHUNK; i++) {
                UnsafeApi.putByte(run.ring + chunk * (long) RingRun.CHUNK + i, RingRun.POISON);
            }
        }
    }

    /** Copies batches out of the process's reach, or counts them as failed. */
    private final class KernelSink implements BatchSink {
        private boolean isFull;

        @Override
        public boolean isAttached() {
            return true;
        }

        @Override
        public void drain(final long headerAddress, final long contentAddress, final int paddedLength) {
            StoreMeter.store(0);
            final RingRun.Packet packet = new RingRun.Packet(
                Memory.getBytes(headerAddress, PacketHeaderDescriptor.LENGTH),
                Memory.getBytes(contentAddress, paddedLength));
            final boolean isOfSession = packet.word(PacketHeaderDescriptor.EPOCH_OFFSET) << 48 >>> 48 == epoch;
            (isFull || !isOfSession ? run.failed : run.received).add(packet);
            final long claimed = control.creditsClaimedVolatile();
            final long consumed = control.creditsConsumedVolatile();
            if (isOfSession && TaggedWord.epoch(claimed) == TaggedWord.epoch(consumed)) {
                run.greatestUse = Math.max(
                    run.greatestUse, TaggedWord.value(claimed) - TaggedWord.value(consumed) << 3);
            }
        }
    }
}
