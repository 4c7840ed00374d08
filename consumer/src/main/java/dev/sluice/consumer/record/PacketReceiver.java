// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.consumer.account.JournalSum;
import dev.sluice.consumer.account.LossPool;
import dev.sluice.consumer.account.RingBase;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.account.SalvageSink;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.PacketHeader;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.ring.Slot;
import dev.sluice.ring.SlotDescriptor;
import dev.sluice.ring.TargetId;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.ThreadInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes drained packets: checks each header, drops repetitions, finds gaps, appends to the trace and only then
 * publishes what was received (R7). Packets lie in memory that the target cannot change any more. For the receiving
 * thread, and for others after it has ended.
 */
public final class PacketReceiver implements SalvageSink {
    private final Session session;
    private final TargetTraceWriter trace;
    private final TargetRegion region;
    private final TargetId targetId;
    private final LossPool pool = new LossPool();
    private final PacketHeader packet = new PacketHeader();
    private final RingLedger[] ledgers;
    /** Of a mapped region. */
    private final Slot[] slots;
    /** By ring: what the trace says of its owner. */
    private final ThreadInfo[] threads;
    private Runnable poolUpdate = () -> { };
    private volatile boolean hasBegun;
    private long malformedBatches;
    private String contradiction = "";
    private long missedBytes;
    private long storedBytes;

    PacketReceiver(final Session session, final TargetTraceWriter trace) {
        this.session = session;
        this.trace = trace;
        region = session.target().region();
        targetId = session.target().id();
        ledgers = new RingLedger[region.slotCount()];
        slots = new Slot[region.slotCount()];
        threads = new ThreadInfo[region.slotCount()];
        for (int i = 0; i < ledgers.length; i++) {
            ledgers[i] = new RingLedger(i, session.base(i));
            final RingBase.Gap gap = session.base(i).gap();
            if (gap != null) {
                trace.loss(new LossInfo(i, LossCause.CONSUMER_GONE, gap.events(),
                    gap.lastSequence() - gap.firstSequence() + 1, gap.firstSequence(), gap.lastSequence()));
            }
            noteBase(i);
            // Behind the ring's note: without that a salvage would not know what the loss is counted from.
            final RingBase base = session.base(i);
            if (base.unattended() > 0) {
                trace.loss(new LossInfo(i, LossCause.BETWEEN_SESSIONS, base.unattended(), 0,
                    base.discarded() - base.unattended(), base.discarded()));
            }
        }
    }

    /**
     * Stores where a ring stood that was used before the session: without that, nobody could tell later what a trace
     * without an end is missing of it.
     */
    private void noteBase(final int ring) {
        final RingBase base = ledgers[ring].base();
        if (base.isNew()) {
            return;
        }
        final Slot slot = slot(ring);
        final long state = slot.stateVolatile();
        final boolean isClaimed = SlotDescriptor.state(state) == SlotDescriptor.STATE_CLAIMED;
        // A slot that is being claimed has the identity of its owner before.
        final int generation = SlotDescriptor.generation(state) - (isClaimed ? 1 : 0);
        ledgers[ring].enter(generation);
        note(new ThreadInfo(ring, slot.streamClass(), generation, slot.tid(), slot.javaThreadId(), slot.name(),
            base.sequence(), base.eventsBefore(), base.discarded(), base.overwritten()));
    }

    /**
     * Says that the recording has begun, so that its trace will stay: only then are the gaps confirmed that the session
     * before has left. A recorder that cannot begin deletes its trace, and leaves them to the next. Any thread.
     */
    void begun() {
        hasBegun = true;
    }

    /** Causes of losses, as far as they are known. */
    LossPool pool() {
        return pool;
    }

    /** Sets what brings the pool up to date, called before causes are claimed. */
    void onLoss(final Runnable update) {
        poolUpdate = update;
    }

    @Override
    public RingLedger ledger(final int ring) {
        return ledgers[ring];
    }

    /** Confirms what the trace has of earlier sessions and what no drain may begin with; before ENABLE. */
    void confirmGaps() {
        for (int i = 0; i < ledgers.length; i++) {
            session.stepOver(i);
        }
    }

    /** A slot below the region's slot limit, as it is now. */
    Slot slot(final int ring) {
        if (!region.isMapped()) {
            return region.slot(ring);
        }
        // Two threads may both make it: slots are equal and immutable.
        Slot slot = slots[ring];
        if (slot == null) {
            slot = region.slot(ring);
            slots[ring] = slot;
        }
        return slot;
    }

    /** Takes one packet and publishes it: header and content, at least as long as the header says. */
    void onPacket(final long address, final int length) {
        if (store(address, length)) {
            // Received is published after the append, so that it never covers what is stored nowhere (R7).
            session.accounted(packet.ring(), ledgers[packet.ring()].discarded());
            session.received(packet.ring(), packet.sequence());
        }
    }

    /**
     * Appends one packet, which is not published yet.
     *
     * @return false if it was refused, or was a repetition
     */
    boolean store(final long address, final int length) {
        packet.at(address);
        if (!isSound(length)) {
            refuse();
            return false;
        }
        final int ring = packet.ring();
        final long sequence = packet.sequence();
        final RingLedger ledger = ledgers[ring];
        if (sequence <= ledger.sequence()) {
            return false;
        }
        if (!ledger.mayHaveDrained(sequence) || !ledger.mayFollow(packet)) {
            refuse();
            return false;
        }
        if (sequence != ledger.sequence() + 1) {
            final JournalSum journal = JournalSum.of(slot(ring), ledger.sequence() + 1, sequence - 1);
            lose(ring, sequence - 1, journal.isComplete() ? journal.events()
                : ledger.missingBefore(packet.eventsBefore(), packet.overwritten()), 0);
        }
        append(ring, ledger);
        return true;
    }

    /** Its sequence number is missing from now on: the gap is what accounts for its events. */
    private void refuse() {
        malformedBatches++;
        pool.counted(LossCause.MALFORMED, malformedBatches);
    }

    /** Appends the packet that the header is at. */
    private void append(final int ring, final RingLedger ledger) {
        if (ledger.enter(packet.generation())) {
            note(threadInfo(ring));
        }
        final int length = (int) (packet.packetBits() / Byte.SIZE);
        if (trace.tryPacket(packet.address(), length)) {
            ledger.stored(packet);
            storedBytes += length;
        } else {
            trace.loss(new LossInfo(ring, LossCause.TRACE_FULL, packet.eventCount(), 1));
            ledger.unstored(packet);
        }
    }

    /** Whether the packet is one of this session's, in a record of that length, which may be longer. */
    private boolean isSound(final int length) {
        if (length < PacketHeaderDescriptor.LENGTH) {
            return false;
        }
        final long stated = packet.packetBits() / Byte.SIZE;
        return stated <= length && packet.problem(stated, targetId) == null
            && packet.headerLength() == PacketHeaderDescriptor.LENGTH && packet.eventCount() > 0
            && !packet.isTrapStream() && packet.epoch() == session.epoch() && region.isUsed(packet.ring());
    }

    /** Notes the owners again that have another name by now: a trace shows the last one. */
    private void renamed() {
        for (int i = 0; i < region.slotLimit(); i++) {
            final ThreadInfo noted = threads[i];
            if (noted != null && SlotDescriptor.generation(slot(i).stateVolatile()) == noted.generation()
                && !slot(i).name().equals(noted.name())) {
                note(new ThreadInfo(i, noted.streamClass(), noted.generation(), noted.tid(), noted.javaThreadId(),
                    slot(i).name(), noted.sequenceBefore(), noted.eventsBefore(), noted.discardedBefore(),
                    noted.overwrittenBefore()));
            }
        }
    }

    private void note(final ThreadInfo info) {
        threads[info.ring()] = info;
        trace.thread(info);
    }

    private ThreadInfo threadInfo(final int ring) {
        final int generation = packet.generation();
        final Slot slot = slot(ring);
        // The slot may have gone to another thread since; then the name is not known any more.
        final String name = slot.name();
        final boolean isOwners = SlotDescriptor.generation(slot.stateVolatile()) == generation;
        final RingBase base = ledgers[ring].base();
        return new ThreadInfo(ring, packet.streamClass(), generation, packet.tid(), packet.javaThreadId(),
            isOwners ? name : "", base.sequence(), base.eventsBefore(), base.discarded(), base.overwritten());
    }

    /**
     * Accounts for batches that were drained and will not come: found by a later packet, or by {@link #reconcile}.
     *
     * @param lastSequence last of them
     * @param events       events in them
     * @param eventsEnd    events written to the ring up to their end, or less if what was stored is beyond it
     */
    private void lose(final int ring, final long lastSequence, final long events, final long eventsEnd) {
        final RingLedger ledger = ledgers[ring];
        final long first = ledger.sequence() + 1;
        final JournalSum journal = JournalSum.of(slot(ring), first, lastSequence);
        poolUpdate.run();
        final long bounded = Math.max(0, Math.min(PacketHeader.MAX_COUNT, events));
        pool.claim(lastSequence - first + 1, bounded, (cause, batches, eventsOfCause) -> {
            trace.loss(new LossInfo(ring, cause, eventsOfCause, batches));
            ledger.lost(eventsOfCause);
            if (cause == LossCause.TRAP_MISSED && batches > 0) {
                // Nobody but us can give these credits back: the kernel never saw them.
                missedBytes += batches * (journal.batches() == 0 ? 0 : journal.paddedBytes() / journal.batches()
                    + PacketHeaderDescriptor.LENGTH + Long.BYTES);
            }
        });
        ledger.missing(lastSequence, eventsEnd);
    }

    /** The sequences that all rings have drained up to now. */
    long[] drainedSequences() {
        final long[] sequences = new long[region.slotLimit()];
        for (int i = 0; i < sequences.length; i++) {
            sequences[i] = region.drainedSequence(i);
        }
        return sequences;
    }

    /**
     * Accounts for what was drained and has not come, after everything that the kernel had was taken.
     *
     * @param drained what {@link #drainedSequences} returned before that
     */
    void reconcile(final long[] drained) {
        for (int i = 0; i < drained.length; i++) {
            final RingLedger ledger = ledgers[i];
            if (hasBegun) {
                confirmBase(i, ledger);
            }
            if (!ledger.mayHaveDrained(drained[i])) {
                contradict(i, "it says that it has drained batch " + drained[i] + " when batch " + ledger.sequence()
                    + " was the last to come");
            } else if (drained[i] > ledger.sequence()) {
                final JournalSum sum = JournalSum.of(slot(i), ledger.sequence() + 1, drained[i]);
                final long events = sum.isComplete() ? sum.events()
                    : Math.max(0, slot(i).drainedEventsAcquire() - ledger.eventsBefore());
                lose(i, drained[i], events, sum.isComplete() ? sum.eventsEnd() : ledger.eventsBefore() + events);
                session.received(i, drained[i]);
            }
        }
    }

    private void contradict(final int ring, final String how) {
        if (contradiction.isEmpty()) {
            contradiction = "ring " + ring + " contradicts itself, so its end is unknown: " + how;
        }
    }

    /** What is wrong with the first ring whose words no target of Sluice writes, or an empty text. */
    String contradiction() {
        return contradiction;
    }

    /** What the session before has left, which the trace has: its successors need not find it any more. */
    private void confirmBase(final int ring, final RingLedger ledger) {
        if (session.received(ring) < ledger.sequence()) {
            session.received(ring, ledger.sequence());
        }
        if (ledger.base().unattended() > 0) {
            session.accounted(ring, ledger.discarded());
        }
    }

    /**
     * Publishes what the trace has of each ring's discarded events, once its end says so.
     *
     * @param accounts what the end has
     */
    void published(final List<RingAccount> accounts) {
        for (final RingAccount account : accounts) {
            session.accounted(account.ring(), ledgers[account.ring()].base().discarded() + account.discarded());
        }
    }

    /** Credits that were claimed for traps which the kernel did not deliver, in bytes. */
    long missedBytes() {
        return missedBytes;
    }

    /** Bytes of packets stored. */
    long storedBytes() {
        return storedBytes;
    }

    /** Events stored. */
    long storedEvents() {
        long events = 0;
        for (final RingLedger ledger : ledgers) {
            events += ledger.storedEvents();
        }
        return events;
    }

    /**
     * The account of every ring that was used, when the receiver is quiet.
     *
     * @param reach how far it goes
     */
    List<RingAccount> accounts(final RingLedger.Reach reach) {
        renamed();
        final List<RingAccount> accounts = new ArrayList<>();
        for (int i = 0; i < region.slotLimit(); i++) {
            if (ledgers[i].isUsed(slot(i))) {
                accounts.add(ledgers[i].account(slot(i), reach));
            }
        }
        return accounts;
    }

    /** Whether accounts hold: written = stored + overwritten + lost, for each ring (R7). */
    boolean isBalanced(final List<RingAccount> accounts) {
        return accounts.stream().allMatch(a ->
            a.written() == ledgers[a.ring()].storedEvents() + a.overwritten() + a.lost());
    }

    /** Takes packets and losses that the salvager made from the ring of a dead target. */
    @Override
    public void salvaged(final int ring, final long address, final int length) {
        final RingLedger ledger = ledgers[ring];
        packet.at(address);
        append(ring, ledger);
        session.received(ring, ledger.sequence());
    }

    @Override
    public void salvagedLoss(final int ring, final long lastSequence, final long events, final long eventsEnd,
                             final boolean isMalformed) {
        if (isMalformed) {
            refuse();
        }
        lose(ring, lastSequence, events, eventsEnd);
    }
}
