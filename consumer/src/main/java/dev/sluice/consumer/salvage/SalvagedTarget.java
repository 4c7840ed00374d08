// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.salvage;

import dev.sluice.consumer.account.Refusals;
import dev.sluice.consumer.account.RingBase;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.account.SalvageSink;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.consumer.record.Salvager;
import dev.sluice.ring.ClockTriple;
import dev.sluice.ring.EventSchema;
import dev.sluice.ring.EventWalker;
import dev.sluice.ring.JournalDescriptor;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeader;
import dev.sluice.ring.Slot;
import dev.sluice.ring.SlotDescriptor;
import dev.sluice.ring.TaggedWord;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.write.TraceWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One target's part of a salvage: what is in its rings and not in the interrupted trace, and the account of the rest.
 * Where a ring goes on is known from the trace; without one, from what the target knows to have been received. For one
 * thread.
 */
final class SalvagedTarget implements SalvageSink {
    private final SalvageSource source;
    private final TargetRegion region;
    private final TraceWriter writer;
    private final int index;
    /** Null where there is no interrupted trace. */
    private final dev.sluice.store.read.TargetTrace trace;
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
     * A target whose documents are in the new trace as far as the interrupted one has them.
     *
     * @param index of the target in the new trace
     * @param trace the target's part of the interrupted trace, or null
     */
    SalvagedTarget(final SalvageSource source, final TraceWriter writer, final int index,
                   final dev.sluice.store.read.TargetTrace trace) {
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
        clock(region.firstTriple());
        clock(region.beforeTriple());
        clock(region.lastTriple());
        region.errors().forEach(error -> writer.error(index, error));
        final Salvager salvager = new Salvager(region, source.epoch(), this, walker);
        boolean isKnown = salvager.salvage() && source.isStillUnattended();
        // Without the trace nobody can say whether what was drained and not confirmed is in it.
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

    /** The schema, of which what the trace does not have is added; of a truncated region what the trace has. */
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
            writer.schema(index, java.util.Arrays.copyOfRange(log, schemaLength, length));
        }
        return schemas;
    }

    private void clock(final ClockTriple triple) {
        // One of the same moment is the same, or a lie; one that contradicts others is damage of the trace.
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

    /** Where the interrupted trace leaves a ring. One that it does not know was not used before it began. */
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
            .filter(s -> s.ring() == ring && !s.isTrapStream()).findFirst().orElse(null);
        final ThreadInfo begin = stream == null ? null : stream.begin();
        if (begin == null && lost == 0 && missed == 0 && TaggedWord.value(source.received(ring)) > 0) {
            // Used before the trace, whose consumer died before it had noted that.
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
     * Where a ring begins without a trace: after the last batch that the target knows to have been received. Discarded
     * events count from the ring's begin, because no trace here says which of them another one has.
     */
    private RingLedger begun(final int ring) {
        final Slot slot = region.slot(ring);
        final long received = TaggedWord.value(source.received(ring));
        final long entry = slot.journalAddress(received);
        if (received == 0) {
            return new RingLedger(ring, RingBase.NEW);
        }
        final boolean isRemembered = Memory.getLong(entry + JournalDescriptor.SEQUENCE_OFFSET) == received;
        if (received > slot.soundSequence() && !isRemembered && region.isMapped()) {
            // A consumer has drained by itself, which it never does of a file, and head is all that it has left.
            final RingBase base = RingBase.read(slot, received, walker);
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

    /** Of the packet that the header is at. */
    private ThreadInfo threadInfo(final int ring) {
        final RingBase base = ledger(ring).base();
        final Slot slot = region.slot(ring);
        final boolean isOwners = SlotDescriptor.generation(slot.stateVolatile()) == packet.generation();
        return new ThreadInfo(ring, packet.streamClass(), packet.generation(), packet.tid(), packet.javaThreadId(),
            isOwners ? slot.name() : "", base.sequence(), base.eventsBefore(), base.discarded(), base.overwritten());
    }

    @Override
    public void salvagedLoss(final int ring, final long lastSequence, final long events0, final long eventsEnd,
                             final boolean isMalformed) {
        final RingLedger ledger = ledger(ring);
        final long first = ledger.sequence() + 1;
        final long missing = Math.max(0, Math.min(PacketHeader.MAX_COUNT, events0));
        if (trace == null && lastSequence < first && !isMalformed) {
            // No batch, so it was recycled: the ring's own count cannot tell since when.
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
