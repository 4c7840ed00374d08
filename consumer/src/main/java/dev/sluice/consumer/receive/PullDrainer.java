// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import dev.sluice.bpf.drain.TargetOwner;
import dev.sluice.bpf.pull.PullProgram;
import dev.sluice.bpf.pull.RangeCopier;
import dev.sluice.bpf.pull.StagingCopier;
import dev.sluice.bpf.reduce.StagedBatch;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetProcess;
import dev.sluice.consumer.pull.RingImage;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.drain.BatchHeader;
import dev.sluice.ring.drain.BatchSelector;
import dev.sluice.ring.drain.RecordSizing;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.region.Slot;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Drains rings by having the kernel copy them, store by store as docs/protocol.md section 5 has it for pull mode. The
 * control file alone is mapped, so only its words are changed here: the target carries its heads after what is said
 * there. Everything else is looked at in a {@link RingImage}. For the receiving thread.
 */
public final class PullDrainer extends ConsumerDrainer {
    /** How long the end of a process may take whose memory is gone already. */
    private static final long EXIT_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long STEP_BACK_NS = TimeUnit.MICROSECONDS.toNanos(20);

    private final Session session;
    private final PacketReceiver receiver;
    private final TargetProcess process;
    private final RangeCopier copier;
    /** The same copier, if values of batches are taken in the kernel; else null. */
    private final StagingCopier staging;
    private final RingImage image;
    private final BatchSelector selector = selector();
    private final BatchHeader batchHeader = new BatchHeader();
    private long exitAtNs;
    private volatile boolean isCutOff;

    /**
     * Loads the program.
     *
     * @throws dev.sluice.bpf.libbpf.BpfException if the kernel refuses it
     */
    public PullDrainer(final Session session, final TargetTraceWriter trace, final PacketReceiver receiver) {
        this(session, trace, receiver, PullProgram.load((int) session.target().process().pid()));
    }

    /** A drainer that copies by other means. */
    public PullDrainer(final Session session, final TargetTraceWriter trace, final PacketReceiver receiver,
                final RangeCopier copier) {
        super(session, trace);
        this.session = session;
        this.receiver = receiver;
        this.copier = copier;
        staging = copier instanceof StagingCopier ? (StagingCopier) copier : null;
        process = session.target().process();
        image = new RingImage(copier, session.target().region(), session.target().control().regionAddress());
    }

    /**
     * Refuses a target of another user: it could let this consumer wait for a page for ever, and with it everybody who
     * detaches a sleepable program.
     *
     * @throws AttachException if it is one
     */
    public static void requireOurs(final Target target) {
        if (!TargetOwner.isOurs((int) target.process().pid())) {
            throw new AttachException(AttachException.Reason.ENVIRONMENT, target.process() + " is another user's, who"
                + " could withhold a page for ever that a program waits for which copies it: use --mode bpf or --mode"
                + " shared, or run sluice by sudo as the user of that process");
        }
    }

    @Override
    public boolean mayHaveMore(final int ring, final int limit) {
        if (ring % RingImage.LOOK_RINGS == 0) {
            final RingImage.Copy looked = image.look(ring, Math.min(RingImage.LOOK_RINGS, limit - ring));
            isCutOff |= looked == RingImage.Copy.GONE;
        }
        // A ring that could not be looked at, as its bytes are zeros now, has nothing; a look of its own says why.
        return !image.isSeen(ring) || image.hasMore(ring, session.words().pulled(ring));
    }

    @Override
    public Outcome drainOne(final int ring, final boolean partial) {
        final Outcome problem = problem(image.read(ring, session.words().pulled(ring)));
        if (problem != null) {
            return problem;
        }
        return image.position() >= image.slot().tailAcquire() ? Outcome.NOTHING : drainOneOf(ring, partial);
    }

    private Outcome drainOneOf(final int ring, final boolean partial) {
        refreshSchema();
        final Outcome problem = image.isHole() ? problem(image.readChunks()) : readEventsBefore(ring);
        if (problem != null) {
            return problem;
        }
        final long eventsBefore = eventsBefore(ring);
        // Of a chunk that is open the events come later, when this consumer has said that it takes them.
        return switch (selector.select(image.slot(), image.position(), eventsBefore, false, walker())) {
            case BatchSelector.EMPTY -> partial && image.isOpen()
                ? take(ring, image.slot().tailAcquire(), eventsBefore) : Outcome.NOTHING;
            case BatchSelector.HOLE ->
                session.words().publishPulled(ring, selector.nextHead()) ? Outcome.SOMETHING : Outcome.NOTHING;
            case BatchSelector.BATCH -> take(ring, selector.contentEnd(), eventsBefore);
            default -> Outcome.BROKEN;
        };
    }

    private boolean isCounted(final int ring) {
        return receiver.ledger(ring).endPosition() == image.position();
    }

    /** Copies what has to be counted of the chunk before the batch: at the begin of a session. */
    private Outcome readEventsBefore(final int ring) {
        final long begin = image.slot().chunkBegin(image.position());
        return isCounted(ring) || image.position() == begin ? null
            : problem(image.readContent(begin, (int) (image.position() - begin)));
    }

    private long eventsBefore(final int ring) {
        return isCounted(ring) ? receiver.ledger(ring).eventsBefore()
            : selector.eventsBefore(image.slot(), image.position(), walker());
    }

    /** Takes the events from the position up to another one, which lies in the same chunk. */
    private Outcome take(final int ring, final long end, final long eventsBefore) {
        if (end - image.position() > RecordSizing.MAX_CONTENT_LENGTH) {
            return Outcome.BROKEN;
        }
        // Before the look at the chunk's state: an owner that overwrites stores the state first and looks at this word
        // then, so at least one sees the other.
        if (!session.words().publishAppending(ring, end)) {
            return Outcome.NOTHING;
        }
        final Outcome outcome = takeMarked(ring, end, eventsBefore);
        session.words().publishAppending(ring, 0);
        return outcome;
    }

    private Outcome takeMarked(final int ring, final long end, final long eventsBefore) {
        final int length = (int) (end - image.position());
        final Outcome problem = problem(image.take(length));
        if (problem != null) {
            return problem;
        }
        // Stopped for so long that another consumer has come, this one has copied what may not be the batch any more.
        if (!session.words().isStillAppending(ring) || session.isLost() || isGone()) {
            return Outcome.NOTHING;
        }
        if (!image.isIntact()) {
            if (image.isBeingOverwritten()) {
                // The owner decides next, but it may have lost its processor, perhaps to this thread.
                LockSupport.parkNanos(STEP_BACK_NS);
            }
            return Outcome.AGAIN;
        }
        final Slot slot = image.slot();
        if (select(slot, eventsBefore) != BatchSelector.BATCH || selector.contentEnd() != end) {
            // Events of a declaration that is newer than the schema look malformed, until it is read again.
            return refreshSchema() ? Outcome.AGAIN : Outcome.BROKEN;
        }
        final RingLedger ledger = receiver.ledger(ring);
        final long sequence = ledger.sequence() + 1;
        batchHeader.write(selector, slot, image.packet(), session.target().id(), session.epoch(), sequence);
        if (!receiver.store(image.packet(), PacketHeaderDescriptor.LENGTH + length)) {
            return Outcome.BROKEN;
        }
        if (!session.words().publishPulled(ring, selector.nextHead())) {
            return Outcome.NOTHING;
        }
        session.words().publishAccounted(ring, ledger.discarded());
        session.heart().progress();
        session.words().publishReceived(ring, sequence);
        return Outcome.SOMETHING;
    }

    private int select(final Slot slot, final long eventsBefore) {
        if (staging == null) {
            return selector.select(slot, image.position(), eventsBefore, true, walker());
        }
        final StagedBatch staged = staging.reduction().staged();
        final int events = staged.isWhole() ? staged.events() : 0;
        if (events == 0 || image.isOpen()) {
            return selector.selectWalked(slot, image.position(), eventsBefore, events, staged.exactLength(),
                staged.lastWord());
        }
        final int selected = selector.select(slot, image.position(), eventsBefore, false, walker());
        return selected == BatchSelector.BATCH && (selector.eventCount() != events
            || selector.exactLength() != staged.exactLength())
            ? selector.selectWalked(slot, image.position(), eventsBefore, 0, staged.exactLength(), staged.lastWord())
            : selected;
    }

    @Override
    void onSchema(final List<EventSchema> schemas) {
        if (staging != null) {
            staging.reduction().know(schemas);
        }
    }

    /** A copy takes longer than a fast owner needs for a chunk; and an owner may be stopped while it overwrites. */
    @Override
    boolean mayBeOvertaken() {
        return true;
    }

    /** Whether the process has ended: its number, and so what was copied, may be another's. */
    private boolean isGone() {
        isCutOff |= process.hasExited();
        return isCutOff;
    }

    /** What a copy that is not complete means, or null. */
    private Outcome problem(final RingImage.Copy copy) {
        if (copy == RingImage.Copy.DONE) {
            return null;
        }
        isCutOff |= copy == RingImage.Copy.GONE || hasEnded();
        return isCutOff ? Outcome.NOTHING : Outcome.UNREADABLE;
    }

    /** The memory of a process goes before the process does. */
    private boolean hasEnded() {
        final long now = System.nanoTime();
        exitAtNs = exitAtNs == 0 ? now + EXIT_NS : exitAtNs;
        return process.awaitExit((int) TimeUnit.NANOSECONDS.toMillis(Math.max(0, exitAtNs - now)));
    }

    @Override
    public boolean isCutOff() {
        return isCutOff;
    }

    @Override
    public void close() {
        copier.close();
    }
}
