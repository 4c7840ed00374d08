// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import dev.sluice.consumer.account.JournalSum;
import dev.sluice.consumer.account.LossPool;
import dev.sluice.consumer.account.RingBase;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.account.RingOwners;
import dev.sluice.consumer.account.SalvageSink;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.Slot;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes drained packets: checks each header, drops repetitions, finds gaps, appends to the trace and only then
 * publishes what was received (R7). Packets lie in memory that the target cannot change any more. For the receiving
 * thread, and for others after it has ended.
 */
public final class PacketReceiver implements SalvageSink {
    private static final long RECEIVED_POLL_NS = 500_000;

    private final Session session;
    private final TargetTraceWriter trace;
    private final PacketSink sink;
    private final TargetRegion region;
    private final TargetId targetId;
    private final LossPool pool = new LossPool();
    private final PacketHeader packet = new PacketHeader();
    private final RingLedger[] ledgers;
    private final RingOwners owners;
    private Runnable poolUpdate = () -> { };
    private volatile boolean hasBegun;
    private long malformedBatches;
    private String contradiction = "";
    private long missedBytes;
    private long storedBytes;

    /** Takes packets into the trace. */
    public PacketReceiver(final Session session, final TargetTraceWriter trace) {
        this(session, trace, PacketSink.into(trace));
    }

    /** Takes packets elsewhere. What tells of losses and of rings is in the trace all the same. */
    public PacketReceiver(final Session session, final TargetTraceWriter trace, final PacketSink sink) {
        this.session = session;
        this.sink = sink;
        this.trace = trace;
        region = session.target().region();
        targetId = session.target().id();
        ledgers = new RingLedger[region.slotCount()];
        owners = new RingOwners(region, session.epoch(), trace::thread);
        for (int i = 0; i < ledgers.length; i++) {
            ledgers[i] = new RingLedger(i, session.base(i));
            final RingBase.Gap gap = session.base(i).gap();
            if (gap != null) {
                trace.loss(new LossInfo(i, LossCause.CONSUMER_GONE, gap.events(),
                    gap.lastSequence() - gap.firstSequence() + 1, gap.firstSequence(), gap.lastSequence()));
            }
            owners.noteBase(ledgers[i]);
            // The loss comes after the ring's note in the trace: without the note a salvage would not know from where
            // the loss is counted.
            final RingBase base = session.base(i);
            if (base.unattended() > 0) {
                trace.loss(new LossInfo(i, LossCause.BETWEEN_SESSIONS, base.unattended(), 0,
                    base.discarded() - base.unattended(), base.discarded()));
            }
        }
    }

    /**
     * Says that the recording has begun, so that its trace will be kept: only then are the gaps of the previous session
     * confirmed. A recorder that cannot begin deletes its trace, and leaves those gaps to the next session. Any thread.
     */
    public void begun() {
        hasBegun = true;
    }

    /** The pool of the causes of losses, as far as they are known. */
    public LossPool pool() {
        return pool;
    }

    /** Sets the action that updates the pool. It is called before causes are claimed. */
    public void onLoss(final Runnable update) {
        poolUpdate = update;
    }

    /** A slot below the region's slot limit, as it is now. Any thread. */
    public Slot slot(final int ring) {
        return owners.slot(ring);
    }

    @Override
    public RingLedger ledger(final int ring) {
        return ledgers[ring];
    }

    /**
     * Confirms the gaps of earlier sessions that the trace contains, because no drain may begin with an unconfirmed
     * gap. Called before ENABLE.
     */
    public void confirmGaps() {
        for (int i = 0; i < ledgers.length; i++) {
            session.stepOver(i);
        }
    }

    /** Takes one packet and publishes it: header and content, at least as long as the header says. */
    public void onPacket(final long address, final int length) {
        if (store(address, length)) {
            // Received is published after the append, so that it never covers a batch that is stored nowhere (R7).
            session.words().publishAccounted(packet.ring(), ledgers[packet.ring()].discarded());
            session.words().publishReceived(packet.ring(), packet.sequence());
        }
    }

    /**
     * Appends one packet, which is not published yet.
     *
     * @return false if it was refused, or was a repetition
     */
    public boolean store(final long address, final int length) {
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
            final JournalSum journal = JournalSum.of(owners.slot(ring), ledger.sequence() + 1, sequence - 1);
            lose(ring, sequence - 1, journal.isComplete() ? journal.events()
                : ledger.missingBefore(packet.eventsBefore(), packet.overwritten()), 0);
        }
        append(ring, ledger, false);
        return true;
    }

    /** The refused packet's sequence number is missing from now on: this gap accounts for the packet's events. */
    private void refuse() {
        malformedBatches++;
        pool.counted(LossCause.MALFORMED, malformedBatches);
    }

    /** Appends the packet that the header is at. */
    private void append(final int ring, final RingLedger ledger, final boolean isSalvaged) {
        owners.noteOwner(ledger, packet);
        final int length = (int) (packet.packetBits() / Byte.SIZE);
        if (isSalvaged ? sink.trySalvaged(packet.address(), length) : sink.tryPacket(packet.address(), length)) {
            ledger.stored(packet);
            storedBytes += length;
        } else {
            trace.loss(new LossInfo(ring, sink.refusal(), packet.eventCount(), 1));
            ledger.unstored(packet);
        }
    }

    /** Whether the packet belongs to this session and fits into a record of that length; the record may be longer. */
    private boolean isSound(final int length) {
        if (length < PacketHeaderDescriptor.LENGTH) {
            return false;
        }
        final long stated = packet.packetBits() / Byte.SIZE;
        return stated <= length && packet.problem(stated, targetId) == null
            && packet.isOfDrain() && packet.epoch() == session.epoch() && region.isUsed(packet.ring());
    }

    /**
     * Accounts for batches that were drained and will never arrive. A later packet or {@link #reconcile} has found them
     * missing.
     *
     * @param lastSequence last of them
     * @param events       events in them
     * @param eventsEnd    events written to the ring up to their end, or less if what was stored is beyond it
     */
    private void lose(final int ring, final long lastSequence, final long events, final long eventsEnd) {
        final RingLedger ledger = ledgers[ring];
        final long first = ledger.sequence() + 1;
        final JournalSum journal = JournalSum.of(owners.slot(ring), first, lastSequence);
        poolUpdate.run();
        final long bounded = Math.max(0, Math.min(PacketHeader.MAX_COUNT, events));
        pool.claim(lastSequence - first + 1, bounded, (cause, batches, eventsOfCause) -> {
            trace.loss(new LossInfo(ring, cause, eventsOfCause, batches));
            ledger.lost(eventsOfCause);
            if (cause == LossCause.TRAP_MISSED && batches > 0) {
                // Only this receiver can give these credits back, because the kernel never saw the batches.
                missedBytes += batches * (journal.batches() == 0 ? 0 : journal.paddedBytes() / journal.batches()
                    + PacketHeaderDescriptor.LENGTH + Long.BYTES);
            }
        });
        ledger.missing(lastSequence, eventsEnd);
    }

    /** The sequences that all rings have drained up to now. */
    public long[] drainedSequences() {
        final long[] sequences = new long[region.slotLimit()];
        for (int i = 0; i < sequences.length; i++) {
            sequences[i] = region.drainedSequence(i);
        }
        return sequences;
    }

    /**
     * Waits until batches are stored, or accounted for as lost. Any thread but the receiving one.
     *
     * @param drained    of each ring the last sequence number to wait for
     * @param deadlineNs System.nanoTime at the end of the longest wait
     * @return whether they are
     */
    public boolean awaitReceived(final long[] drained, final long deadlineNs) {
        for (int i = 0; i < drained.length; i++) {
            while (TaggedWord.value(session.target().control().words().receivedVolatile(i)) < drained[i]) {
                if (System.nanoTime() - deadlineNs >= 0 || session.isLost()) {
                    return false;
                }
                LockSupport.parkNanos(RECEIVED_POLL_NS);
            }
        }
        return true;
    }

    /**
     * Accounts for batches that were drained and have not arrived, after everything that the kernel had was taken.
     *
     * @param drained what {@link #drainedSequences} returned before that
     */
    public void reconcile(final long[] drained) {
        for (int i = 0; i < drained.length; i++) {
            final RingLedger ledger = ledgers[i];
            if (hasBegun) {
                confirmBase(i, ledger);
            }
            if (!ledger.mayHaveDrained(drained[i])) {
                contradict(i, "it says that it has drained batch " + drained[i] + " when batch " + ledger.sequence()
                    + " was the last to come");
            } else if (drained[i] > ledger.sequence()) {
                final JournalSum sum = JournalSum.of(owners.slot(i), ledger.sequence() + 1, drained[i]);
                final long events = sum.isComplete() ? sum.events()
                    : Math.max(0, owners.slot(i).drainedEventsAcquire() - ledger.eventsBefore());
                lose(i, drained[i], events, sum.isComplete() ? sum.eventsEnd() : ledger.eventsBefore() + events);
                session.words().publishReceived(i, drained[i]);
            }
        }
    }

    private void contradict(final int ring, final String how) {
        if (contradiction.isEmpty()) {
            contradiction = "ring " + ring + " contradicts itself, so its end is unknown: " + how;
        }
    }

    /** What is wrong with the first ring whose words no target of Sluice writes, or an empty text. */
    public String contradiction() {
        return contradiction;
    }

    /**
     * Confirms what the previous session has left, because the trace contains it: later sessions need not find it any
     * more.
     */
    private void confirmBase(final int ring, final RingLedger ledger) {
        if (session.words().received(ring) < ledger.sequence()) {
            session.words().publishReceived(ring, ledger.sequence());
        }
        if (ledger.base().unattended() > 0) {
            session.words().publishAccounted(ring, ledger.discarded());
        }
    }

    /**
     * Publishes how many of each ring's discarded events the trace contains, once the trace's end says so.
     *
     * @param accounts the accounts in the trace's end
     */
    public void published(final List<RingAccount> accounts) {
        for (final RingAccount account : accounts) {
            final int ring = account.stream().number();
            session.words().publishAccounted(ring, ledgers[ring].base().discarded() + account.discarded());
        }
    }

    /** Credits that were claimed for traps which the kernel did not deliver, in bytes. */
    public long missedBytes() {
        return missedBytes;
    }

    /** Bytes of packets stored. */
    public long storedBytes() {
        return storedBytes;
    }

    /** Events stored. */
    public long storedEvents() {
        long events = 0;
        for (final RingLedger ledger : ledgers) {
            events += ledger.storedEvents();
        }
        return events;
    }

    /**
     * The accounts of all rings that were used. Called when the receiver is idle.
     *
     * @param reach how far the accounts go
     */
    public List<RingAccount> accounts(final RingLedger.Reach reach) {
        owners.noteNewNames();
        final List<RingAccount> accounts = new ArrayList<>();
        for (int i = 0; i < region.slotLimit(); i++) {
            if (ledgers[i].isUsed(owners.slot(i))) {
                accounts.add(ledgers[i].account(owners.slot(i), reach));
            }
        }
        return accounts;
    }

    /** Whether accounts hold: written = stored + overwritten + lost, for each ring (R7). */
    public boolean isBalanced(final List<RingAccount> accounts) {
        return accounts.stream().allMatch(a ->
            a.written() == ledgers[a.stream().number()].storedEvents() + a.overwritten() + a.lost());
    }

    /** Takes packets and losses that the salvager has made from the rings of a dead target. */
    @Override
    public void salvaged(final int ring, final long address, final int length) {
        final RingLedger ledger = ledgers[ring];
        packet.at(address);
        append(ring, ledger, true);
        session.words().publishReceived(ring, ledger.sequence());
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
