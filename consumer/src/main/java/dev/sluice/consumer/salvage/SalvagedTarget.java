// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.salvage;

import dev.sluice.consumer.account.Refusals;
import dev.sluice.consumer.account.RingBase;
import dev.sluice.consumer.account.RingCopy;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.account.SalvageSink;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.clock.TickerState;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.region.JournalDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TickerInfo;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.write.TraceWriter;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One target's part of a salvage: what is in its rings and not in the interrupted trace, and the account of the rest.
 * The trace says from which position on a ring is read; without a trace, the target's received words say it. For one
 * thread.
 */
final class SalvagedTarget implements SalvageSink {
    private final SalvageSource source;
    private final TargetRegion region;
    private final TraceWriter writer;
    private final int index;
    /** The target's part of the interrupted trace; null if there is no such trace. */
    private final TargetTrace trace;
    private final RingLedger[] ledgers;
    private final Set<Long> threads = new HashSet<>();
    private final List<ClockTriple> triples = new ArrayList<>();
    private final PacketHeader packet = new PacketHeader();
    private EventWalker walker;
    private long packets;
    private long events;
    private long drainedBefore;
    private long unconfirmed;

    /**
     * A target whose documents have been copied to the new trace, as far as the interrupted trace has them.
     *
     * @param index of the target in the new trace
     * @param trace the target's part of the interrupted trace, or null
     */
    SalvagedTarget(final SalvageSource source, final TraceWriter writer, final int index,
                   final TargetTrace trace) {
        this.source = source;
        this.region = source.region();
        this.writer = writer;
        this.index = index;
        this.trace = trace;
        ledgers = new RingLedger[region.slotCount()];
        if (trace != null) {
            triples.addAll(trace.triples());
            trace.threads().forEach(thread -> threads.add(key(thread.ring(), thread.generation())));
        }
    }

    private static long key(final int ring, final int generation) {
        return (long) ring << Integer.SIZE | Integer.toUnsignedLong(generation);
    }

    /**
     * Reads the rings and closes the target's account.
     *
     * @param schemaLength bytes of the schema log that the new trace has
     * @return whether the account is final
     */
    boolean salvage(final int schemaLength) {
        walker = new EventWalker(schema(schemaLength));
        clock(region.notes().firstTriple());
        clock(region.notes().beforeTriple());
        clock(region.notes().lastTriple());
        final TickerState ticker = region.notes().ticker();
        if (ticker != null) {
            // The time of the process's end, by its own clock, is unknown here.
            writer.ticker(index, new TickerInfo(ticker, 0));
        }
        region.notes().errors().forEach(error -> writer.error(index, error));
        final Salvager salvager = new Salvager(region, source.epoch(), this, walker);
        boolean isKnown = salvager.salvage() && source.isStillUnattended();
        // Without the interrupted trace it is unknown whether that trace has the batches that were drained and not
        // confirmed.
        isKnown &= trace != null || unconfirmed == 0;
        final List<RingAccount> accounts = new ArrayList<>();
        for (int i = 0; i < region.slotLimit(); i++) {
            final Slot slot = region.slot(i);
            if (ledger(i).isUsed(slot)) {
                accounts.add(ledger(i).account(slot, RingLedger.Reach.DRAINED));
            }
        }
        writer.end(index, new EndInfo(EndKind.SALVAGED, isKnown && !region.isTruncated(),
            System.currentTimeMillis() * 1_000_000L, accounts, Refusals.since(
                trace == null ? Map.of() : trace.info().refusedBefore(), Refusals.of(region))));
        return isKnown && !region.isTruncated();
    }

    /**
     * The schema. The part that the trace lacks is added to the new trace. If the region is truncated, the trace's
     * schema is used.
     */
    private List<EventSchema> schema(final int schemaLength) {
        final int length = region.schemaLength();
        if (length < schemaLength) {
            return List.copyOf(trace.schemas());
        }
        final byte[] log = region.schemaBytes(0, length);
        final List<EventSchema> schemas = TargetRegion.decodeSchema(log);
        if (trace != null && !schemas.containsAll(trace.schemas())) {
            throw AttachException.damaged("region: it declares other events than the trace has");
        }
        if (length > schemaLength) {
            writer.schema(index, Arrays.copyOfRange(log, schemaLength, length));
        }
        return schemas;
    }

    private void clock(final ClockTriple triple) {
        // A triple of the same moment as a known triple is the same triple or forged; a triple that contradicts others
        // would be damage in the trace.
        if (triple != null && triples.stream().noneMatch(known -> triple.monotonicNs() == known.monotonicNs())
            && triples.stream().noneMatch(known ->
                triple.ticks() > known.ticks() && triple.monotonicNs() < known.monotonicNs())) {
            writer.clock(index, triple);
            triples.add(triple);
        }
    }

    @Override
    public RingLedger ledger(final int ring) {
        if (ledgers[ring] == null) {
            ledgers[ring] = trace != null ? resumed(ring) : begun(ring);
        }
        return ledgers[ring];
    }

    /**
     * The ledger of a ring, continued from where the interrupted trace ends. A ring that the trace does not know was
     * not used before the trace began.
     */
    private RingLedger resumed(final int ring) {
        long lost = 0;
        long missed = 0;
        long unattended = 0;
        RingBase.Gap gap = null;
        for (final LossInfo loss : trace.losses()) {
            if (loss.ring() == ring && loss.cause() == LossCause.BETWEEN_SESSIONS) {
                unattended += loss.events();
            } else if (loss.ring() == ring && loss.firstSequence() > 0) {
                gap = new RingBase.Gap(loss.firstSequence(), loss.lastSequence(), loss.events(), true, 0);
            } else if (loss.ring() == ring) {
                lost += loss.events();
                missed += loss.batches();
            }
        }
        final PacketStream stream = trace.streams().stream()
            .filter(s -> s.key().equals(StreamKey.ofRing(ring))).findFirst().orElse(null);
        final ThreadInfo begin = stream == null ? null : stream.begin();
        if (begin == null && lost == 0 && missed == 0 && TaggedWord.value(source.received(ring)) > 0) {
            // The ring was used before the trace began, but the trace's consumer died before it had noted that.
            return begun(ring);
        }
        final RingLedger ledger = new RingLedger(ring, begin == null
            ? new RingBase(0, 0, 0, 0, 0, 0, gap, unattended)
            : new RingBase(begin.sequenceBefore(), begin.eventsBefore(), begin.overwrittenBefore(),
                begin.discardedBefore(), 0, begin.sequenceBefore(), gap, unattended));
        if (begin != null) {
            ledger.resume(stream, lost, missed);
        } else if (lost > 0 || missed > 0) {
            ledger.missing(missed, lost);
            ledger.lost(lost);
        }
        return ledger;
    }

    /**
     * The ledger of a ring without a trace: it begins after the last batch that the target knows to have been received.
     * Discarded events count from the ring's begin, because it is unknown which of them another trace has.
     */
    private RingLedger begun(final int ring) {
        final Slot slot = region.slot(ring);
        final long received = TaggedWord.value(source.received(ring));
        final long entry = slot.journalAddress(received);
        if (received == 0) {
            return new RingLedger(ring, RingBase.NEW);
        }
        final boolean isRemembered = Memory.getLong(entry + JournalDescriptor.SEQUENCE_OFFSET) == received;
        if (received > slot.soundSequence() && !isRemembered) {
            // A consumer in shared or pull mode has drained, and has left only head.
            final RingBase base = region.isMapped() ? RingBase.read(slot, received, walker) : copied(ring, received);
            drainedBefore += base.eventsBefore();
            return new RingLedger(ring, new RingBase(
                received, base.eventsBefore(), base.overwritten(), 0, 0, base.traps(), null));
        }
        final long count = Integer.toUnsignedLong(Memory.getInt(entry + JournalDescriptor.EVENT_COUNT_OFFSET));
        final long before = isRemembered ? Memory.getLong(entry + JournalDescriptor.EVENTS_BEFORE_OFFSET) + count
            : slot.drainedEventsAcquire();
        final RingLedger ledger = new RingLedger(ring, new RingBase(
            isRemembered ? received : slot.soundSequence(), before, slot.overwrittenAcquire(), 0, 0, received, null));
        if (isRemembered) {
            ledger.receivedElsewhere(Memory.getLong(entry + JournalDescriptor.BEGIN_POSITION_OFFSET)
                + Integer.toUnsignedLong(Memory.getInt(entry + JournalDescriptor.PADDED_LENGTH_OFFSET)));
        }
        drainedBefore += before;
        return ledger;
    }

    /** Where a ring of a file stands. */
    private RingBase copied(final int ring, final long received) {
        final ByteBuffer words = ByteBuffer.allocateDirect(SlotDescriptor.LENGTH + Long.BYTES);
        final RingCopy content = new RingCopy();
        final Slot slot =
            region.snapshot(ring, NativeCalls.get().addressOf(words) + Long.BYTES - 1 & -Long.BYTES);
        final RingBase base = RingBase.read(
            slot.ringLength() == 0 ? slot : content.of(region, slot), received, walker);
        Reference.reachabilityFence(words);
        Reference.reachabilityFence(content);
        return base;
    }

    @Override
    public void salvaged(final int ring, final long address, final int length) {
        packet.at(address);
        if (threads.add(key(ring, packet.generation()))) {
            writer.thread(index, threadInfo(ring));
        }
        writer.packet(index, address, length);
        ledger(ring).stored(packet);
        packets++;
        events += packet.eventCount();
    }

    /** The thread of the packet that the header is at. */
    private ThreadInfo threadInfo(final int ring) {
        final RingBase base = ledger(ring).base();
        final Slot slot = region.slot(ring);
        final boolean isOwners = SlotDescriptor.generation(slot.stateVolatile()) == packet.generation();
        return new ThreadInfo(ring, packet.streamClass(), packet.generation(), packet.tid(), packet.javaThreadId(),
            isOwners ? slot.name() : "", base.sequence(), base.eventsBefore(), base.discarded(), base.overwritten(),
            isOwners ? slot.firstCostNs(packet.epoch()) : 0);
    }

    @Override
    public void salvagedLoss(final int ring, final long lastSequence, final long events0, final long eventsEnd,
                             final boolean isMalformed) {
        final RingLedger ledger = ledger(ring);
        final long first = ledger.sequence() + 1;
        final long missing = Math.max(0, Math.min(PacketHeader.MAX_COUNT, events0));
        if (trace == null && lastSequence < first && !isMalformed) {
            // No batch is missing, so the events were recycled. The ring's own count does not say when.
            ledger.recycled(missing);
            return;
        }
        final boolean isUnconfirmed = trace == null && !isMalformed;
        writer.loss(index, new LossInfo(ring, isMalformed ? LossCause.MALFORMED : LossCause.CONSUMER_GONE, missing,
            lastSequence - first + 1, isUnconfirmed ? first : 0, isUnconfirmed ? lastSequence : 0));
        unconfirmed += isUnconfirmed ? missing : 0;
        ledger.missing(lastSequence, eventsEnd);
        ledger.lost(missing);
    }

    long packets() {
        return packets;
    }

    long events() {
        return events;
    }

    long drainedBefore() {
        return drainedBefore;
    }

    long unconfirmed() {
        return unconfirmed;
    }
}
