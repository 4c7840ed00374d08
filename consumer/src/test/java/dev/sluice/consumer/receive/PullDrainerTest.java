// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.account.RingBase;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.drain.BatchSink;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** docs/protocol.md section 5, pull mode: with an owner that keeps to it, at every place where the two can meet. */
@Timeout(300)
class PullDrainerTest {
    private static final int EVENTS_OF_CHUNK = FakeTarget.CHUNK_LENGTH / EventDescriptor.align(FakeOwner.EVENT_LENGTH);
    private static final int ROUNDS = 3000;
    private static final long STALE_NS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long RACE_NS = TimeUnit.SECONDS.toNanos(2);

    @TempDir
    private Path directory;
    private FakeTarget fake;
    private Target target;
    private Session session;
    private TraceWriter writer;
    private PacketReceiver receiver;
    private LocalCopier copier;
    private PullDrainer drainer;
    private long fired;
    private int traces;

    @BeforeEach
    void open() throws IOException {
        fake = new FakeTarget();
        target = TargetFinder.open(ProcessHandle.current().pid(), false).stream()
            .filter(found -> found.id().equals(fake.id)).findFirst().orElseThrow();
    }

    private void begin() {
        session = Session.take(target, STALE_NS);
        fake.words().putActiveEpochVolatile(session.epoch());
        traces++;
        writer = TraceWriter.create(trace(), TraceInfo.now("", ""));
        final TargetTraceWriter trace = new TargetTraceWriter(writer, target, false);
        receiver = new PacketReceiver(session, trace);
        copier = new LocalCopier(fake);
        drainer = new PullDrainer(session, trace, receiver, copier);
    }

    private void end() {
        fake.words().putActiveEpochVolatile(0);
        session.close();
        writer.close();
    }

    private Path trace() {
        return directory.resolve("trace" + traces);
    }

    @AfterEach
    void close() {
        end();
        target.close();
        fake.close();
    }

    private RingProducer owner(final FullPolicy policy) {
        return new CarryingOwner(policy, ringDrainer()).begin(fake);
    }

    private RingDrainer ringDrainer() {
        return new RingDrainer(fake.words(), fake.id, new NoSink(), FakeOwner::newWalker, 1);
    }

    private void fire(final RingProducer owner, final int times) {
        for (int i = 0; i < times; i++) {
            FakeOwner.fire(owner, fired);
            fired++;
        }
    }

    private RingAccount account() {
        final List<RingAccount> accounts = receiver.accounts(RingLedger.Reach.DRAINED);
        assertThat(receiver.isBalanced(accounts)).as("%s", accounts).isTrue();
        return accounts.get(0);
    }

    /** Every stored event is one that was fired, in order; returns their number. */
    private long checkContents() {
        final EventCursor cursor = TraceReader.open(trace()).events().cursor();
        long last = -1;
        long count = 0;
        while (cursor.next()) {
            assertThat(cursor.event().getLong(0)).isGreaterThan(last);
            last = cursor.event().getLong(0);
            count++;
        }
        assertThat(last).isLessThan(fired);
        return count;
    }

    private void drainAll() {
        while (drainer.drain(true)) {
            assertThat(session.isLost()).isFalse();
        }
    }

    @Test
    void shouldTakeFullChunksAtOnceAndPartialOnesWhenAsked() {
        final RingProducer owner = owner(FullPolicy.DISCARD);
        begin();
        fire(owner, EVENTS_OF_CHUNK + 10);
        assertThat(drainer.drain(false)).isTrue();
        assertThat(receiver.storedEvents()).isEqualTo(fired - 10);
        assertThat(drainer.drain(false)).isFalse();
        assertThat(drainer.drain(true)).isTrue();
        assertThat(receiver.storedEvents()).isEqualTo(fired);
        assertThat(drainer.drain(true)).isFalse();
        assertThat(fake.words().receivedVolatile(0)).isEqualTo(TaggedWord.of(session.epoch(), 2));
        assertThat(fake.words().appendingVolatile(0)).isEqualTo(TaggedWord.of(session.epoch(), 0));
        assertThat(account().written()).isEqualTo(fired);
        assertThat(checkContents()).isEqualTo(fired);
    }

    @Test
    void shouldChangeNoWordOfTheRegionAndHaveHeadCarriedByTheTarget() {
        final RingProducer owner = owner(FullPolicy.DISCARD);
        begin();
        fire(owner, 10);
        final Slot slot = fake.slot(0);
        final byte[] before = Memory.getBytes(slot.address(), SlotDescriptor.LENGTH);
        assertThat(drainer.drain(true)).isTrue();
        assertThat(Memory.getBytes(slot.address(), SlotDescriptor.LENGTH)).isEqualTo(before);
        final long tail = slot.tailAcquire();
        assertThat(slot.headVolatile(tail)).isLessThan(tail);
        ringDrainer().carry(slot);
        assertThat(slot.headWordVolatile()).isEqualTo(Slot.headWord(session.epoch(), tail));
        // A word that is older than head moves nothing.
        fake.words().compareAndSetPulled(0, fake.words().pulledVolatile(0), TaggedWord.of(session.epoch(), 1));
        ringDrainer().carry(slot);
        assertThat(slot.headWordVolatile()).isEqualTo(Slot.headWord(session.epoch(), tail));
    }

    /** The chunk is open when it is looked at, and full, or with more in it, when it is copied. */
    @ParameterizedTest
    @ValueSource(ints = {1, 200})
    void shouldTakeWhatItHasSeenWhenTheOwnerGoesOnMeanwhile(final int more) {
        final RingProducer owner = owner(FullPolicy.DISCARD);
        begin();
        fire(owner, 10);
        final boolean[] isFirst = {true};
        copier.beforeContent(() -> {
            if (isFirst[0]) {
                isFirst[0] = false;
                fire(owner, more);
            }
        });
        drainAll();
        assertThat(receiver.storedEvents()).isEqualTo(fired);
        assertThat(account().lost()).isZero();
        assertThat(checkContents()).isEqualTo(fired);
    }

    /** The owner comes round to the very chunk after the consumer has said that it takes it. */
    @Test
    void shouldStepOverTheChunkThatAConsumerTakesWhenTheOwnerOverwrites() {
        final RingProducer owner = owner(FullPolicy.OVERWRITE);
        begin();
        fire(owner, 2 * EVENTS_OF_CHUNK);
        final boolean[] isFirst = {true};
        copier.beforeContent(() -> {
            if (isFirst[0]) {
                isFirst[0] = false;
                fire(owner, 8 * EVENTS_OF_CHUNK);
            }
        });
        drainer.drain(false);
        assertThat(receiver.storedEvents()).isGreaterThanOrEqualTo(EVENTS_OF_CHUNK);
        drainAll();
        final RingAccount account = account();
        assertThat(account.overwritten()).isPositive();
        assertThat(account.written()).isEqualTo(fired - account.discarded());
        assertThat(checkContents()).isEqualTo(receiver.storedEvents());
        // The first chunk was the consumer's.
        final EventCursor cursor = TraceReader.open(trace()).events().cursor();
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.event().getLong(0)).isZero();
    }

    /** The owner has marked the chunk and not decided yet. */
    @Test
    void shouldStepBackWhenTheOwnerIsAboutToOverwriteTheChunk() {
        final RingProducer owner = owner(FullPolicy.OVERWRITE);
        begin();
        fire(owner, EVENTS_OF_CHUNK + 1);
        final long state = fake.slot(0).chunkAddress(FakeTarget.CHUNK_LENGTH, FakeOwner.RING_LENGTH)
            + ChunkDescriptor.STATE_OFFSET;
        final long full = Memory.getLongVolatile(state);
        Memory.putLongVolatile(state, full + ChunkDescriptor.STATE_OVERWRITING - ChunkDescriptor.STATE_FULL);
        // An owner that has lost its processor there, for as long as that takes.
        for (int i = 0; i < 2_000; i++) {
            assertThat(drainer.drain(false)).as("it is worth another try").isTrue();
        }
        assertThat(drainer.fault(false)).isEmpty();
        assertThat(receiver.storedEvents()).isZero();
        assertThat(fake.words().appendingVolatile(0)).isEqualTo(TaggedWord.of(session.epoch(), 0));
        Memory.putLongVolatile(state, full);
        drainAll();
        assertThat(receiver.storedEvents()).isEqualTo(fired);
    }

    /**
     * A lie, as the owner has stopped: whoever ends a recording would wait for it as long as for a slow disk. The chunk
     * is being overwritten, or its state is that of another position, which an owner stores right before it enters.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGiveUpARingSoonWhenItsOwnerHasStoppedAndAChunksStateIsWrongForEver(final boolean isOverwriting) {
        final RingProducer owner = owner(FullPolicy.OVERWRITE);
        begin();
        fire(owner, EVENTS_OF_CHUNK + 1);
        final long state = fake.slot(0).chunkAddress(FakeTarget.CHUNK_LENGTH, FakeOwner.RING_LENGTH)
            + ChunkDescriptor.STATE_OFFSET;
        Memory.putLongVolatile(state, !isOverwriting ? ChunkDescriptor.STATE_FULL
            : Memory.getLongVolatile(state) + ChunkDescriptor.STATE_OVERWRITING - ChunkDescriptor.STATE_FULL);
        drainer.ownersHaveStopped();
        final long begin = System.nanoTime();
        drainAll();
        final long tookNs = System.nanoTime() - begin;
        assertThat(tookNs).as("an owner may have lost its processor").isGreaterThan(TimeUnit.SECONDS.toNanos(1));
        assertThat(drainer.fault(false)).isEqualTo("ring 0 contradicts itself, and is not read any more: the state of a"
            + " chunk keeps it from being taken, for 1000 ms after the target's threads have stopped firing");
        assertThat(receiver.storedEvents()).isZero();
    }

    @Test
    void shouldBalanceAccountsWhenOwnerOverwritesWhileChunksAreDrained() throws InterruptedException {
        final long seed = Seed.draw("PullDrainerTest");
        final Random random = new Random(seed);
        final RingProducer owner = owner(FullPolicy.OVERWRITE);
        fire(owner, 1500);
        begin();
        final long before = session.base(0).eventsBefore();
        assertThat(before).isEqualTo(session.base(0).overwritten()).isPositive();
        final AtomicBoolean isStopped = new AtomicBoolean();
        final Thread firing = new Thread(() -> {
            while (!isStopped.get()) {
                fire(owner, 1 + (int) (fired % 97));
            }
        });
        firing.start();
        final long begin = System.nanoTime();
        while (System.nanoTime() - begin < RACE_NS) {
            drainer.drain(random.nextBoolean());
        }
        isStopped.set(true);
        firing.join();
        drainAll();
        assertThat(drainer.fault(false)).isEmpty();
        final RingAccount account = account();
        assertThat(account.written() + account.discarded()).isEqualTo(fired - before);
        assertThat(account.overwritten()).isPositive();
        assertThat(account.lost()).isZero();
        assertThat(receiver.storedEvents()).isPositive();
        assertThat(checkContents()).isEqualTo(receiver.storedEvents());
        assertThat(TraceReader.open(trace()).gaps()).isEmpty();
    }

    /** The words that a consumer leaves that is killed after a store of docs/protocol.md section 5. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 6})
    void shouldHaveEachEventInOneTraceOrOneLossWhenKilledAfterAStore(final int step) {
        final RingProducer owner = owner(FullPolicy.OVERWRITE);
        begin();
        fire(owner, 10);
        drainer.drain(true);
        fire(owner, 7);
        final long pulled = fake.words().pulledVolatile(0);
        drainer.drain(true);
        final long end = fake.slot(0).tailAcquire();
        final int epoch = session.epoch();
        fake.words().compareAndSetAppending(0, TaggedWord.of(epoch, 0), TaggedWord.of(epoch, end >>> 3));
        if (step < 6) {
            fake.words().compareAndSetReceived(0, TaggedWord.of(epoch, 2), TaggedWord.of(epoch, 1));
        }
        if (step < 4) {
            fake.words().compareAndSetPulled(0, fake.words().pulledVolatile(0), pulled);
        }
        end();
        fire(owner, 5);
        begin();
        // Received, but its word not cleared: a number that nobody uses.
        final long number = step < 6 ? 2 : 3;
        assertThat(session.base(0).sequence()).isEqualTo(number);
        assertThat(session.base(0).eventsBefore()).isEqualTo(17);
        assertThat(session.base(0).gap()).isEqualTo(step < 4 ? new RingBase.Gap(2, 2, 7, true, end) : null);
        receiver.confirmGaps();
        assertThat(fake.words().receivedVolatile(0)).isEqualTo(TaggedWord.of(session.epoch(), number));
        assertThat(fake.words().pulledVolatile(0)).isEqualTo(TaggedWord.of(session.epoch(), end >>> 3));
        drainer.drain(true);
        assertThat(receiver.storedEvents()).isEqualTo(5);
        final RingAccount account = account();
        assertThat(account.written()).isEqualTo(step < 4 ? 12 : 5);
        assertThat(account.lost()).isEqualTo(step < 4 ? 7 : 0);
    }

    @Test
    void shouldAppendNothingWhenASuccessorHasTakenItsWord() {
        final RingProducer owner = owner(FullPolicy.DISCARD);
        begin();
        fire(owner, 10);
        drainer.drain(true);
        fire(owner, 10);
        copier.beforeContent(() ->
            fake.words().compareAndSetAppending(0, fake.words().appendingVolatile(0), TaggedWord.of(9, 0)));
        drainer.drain(true);
        assertThat(session.isLost()).isTrue();
        assertThat(receiver.storedEvents()).isEqualTo(10);
    }

    @Test
    void shouldSayThatTheProcessHasGoneAndTakeNothing() {
        final RingProducer owner = owner(FullPolicy.DISCARD);
        begin();
        fire(owner, 10);
        copier.processHasGone();
        assertThat(drainer.drain(true)).isFalse();
        assertThat(drainer.isCutOff()).isTrue();
        assertThat(drainer.fault(false)).isEmpty();
    }

    @Test
    void shouldGiveUpARingWhoseMemoryCannotBeCopied() {
        final RingProducer owner = owner(FullPolicy.DISCARD);
        begin();
        fire(owner, 10);
        Memory.putLong(fake.slot(0).address() + SlotDescriptor.RING_ADDRESS_OFFSET, 8);
        drainer.drain(true);
        assertThat(drainer.drain(true)).isFalse();
        assertThat(drainer.isCutOff()).isFalse();
        assertThat(drainer.fault(false)).contains("ring 0 cannot be copied");
        assertThat(drainer.fault(true)).isEmpty();
        assertThat(receiver.storedEvents()).isZero();
    }

    @Test
    void shouldStayAliveWhenWordsAreForgedWhileTheyAreRead() throws InterruptedException {
        final long seed = Seed.draw("PullDrainerTest");
        final Random random = new Random(seed);
        final RingProducer owner = owner(FullPolicy.OVERWRITE);
        fire(owner, 2000);
        begin();
        final TargetTraceWriter trace = new TargetTraceWriter(writer, target, false);
        final AtomicBoolean isStopped = new AtomicBoolean();
        final Thread forger = new Thread(() -> {
            final Random forged = new Random(seed + 1);
            while (!isStopped.get()) {
                forge(forged);
            }
        });
        forger.start();
        try {
            for (int i = 0; i < ROUNDS; i++) {
                forge(random);
                // A drainer of its own each time: one that finds a ring contradicting itself reads it no more. Memory
                // that cannot be copied is waited for, so it is left out here.
                Memory.putLongVolatile(fake.slot(0).address() + SlotDescriptor.RING_ADDRESS_OFFSET,
                    fake.slot(0).ringAddress());
                new PullDrainer(session, trace, receiver, copier).drain(random.nextBoolean());
            }
        } finally {
            isStopped.set(true);
            forger.join();
        }
        // Each packet's header holds together, whatever is in it.
        TraceReader.open(trace());
    }

    private void forge(final Random random) {
        FakeOwner.forge(fake, session.epoch(), random, SlotDescriptor.OVERWRITING_OFFSET,
            SlotDescriptor.CHUNK_LIMIT_OFFSET);
    }

    /** Nobody is attached. */
    private static final class NoSink implements BatchSink {
        @Override
        public boolean isAttached() {
            return false;
        }

        @Override
        public void drain(final long headerAddress, final long contentAddress, final int length) {
            throw new AssertionError("a consumer that pulls needs no trap");
        }
    }

    /** An owner's process, which carries head for the consumer. */
    private static final class CarryingOwner extends FakeOwner {
        private final RingDrainer drainer;

        CarryingOwner(final FullPolicy policy, final RingDrainer drainer) {
            super(policy);
            this.drainer = drainer;
        }

        @Override
        public void drainFull(final RingProducer ring) {
            drainer.carry(ring.slot());
        }

        @Override
        public boolean mayOverwrite(final Slot slot, final long chunkBegin) {
            return drainer.mayOverwrite(slot, chunkBegin);
        }
    }
}
