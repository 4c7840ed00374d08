// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.account.RingBase;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.attach.SessionHolder;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.read.TargetTrace;
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

/** docs/protocol.md section 5, shared mode, on a real region: with an owner that keeps to it, and with forged words. */
@Timeout(300)
class SharedDrainerTest {
    private static final int ROUNDS = 3000;
    private static final long STALE_NS = TimeUnit.MILLISECONDS.toNanos(300);

    @TempDir
    private Path directory;
    private FakeTarget fake;
    private Target target;
    private Session session;
    private TraceWriter writer;
    private TargetTraceWriter trace;
    private PacketReceiver receiver;
    private SharedDrainer drainer;
    private long fired;

    @BeforeEach
    void open() throws IOException {
        fake = new FakeTarget();
        final byte[] schema = SchemaCodec.encode(FakeTarget.SCHEMA);
        Memory.putBytes(fake.regionHead + RegionDescriptor.SCHEMA_OFFSET, schema, 0, schema.length);
        Memory.putLongVolatile(fake.regionHead + RegionDescriptor.SCHEMA_LENGTH_OFFSET, schema.length);
        target = fake.open();
    }

    private void begin() {
        session = Session.take(target, STALE_NS);
        writer = TraceWriter.create(directory.resolve("trace"), TraceInfo.now("", ""));
        trace = new TargetTraceWriter(writer, target, false);
        receiver = new PacketReceiver(session, trace);
        drainer = new SharedDrainer(session, trace, receiver);
    }

    @AfterEach
    void close() {
        session.close();
        writer.close();
        target.close();
        fake.close();
    }

    private RingProducer owner(final FullPolicy policy) {
        return new FakeOwner(policy).begin(fake);
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

    @Test
    void shouldTakeFullChunksAtOnceAndPartialOnesWhenAsked() {
        final RingProducer owner = owner(FullPolicy.DISCARD);
        begin();
        fire(owner, FakeTarget.CHUNK_LENGTH / EventDescriptor.align(FakeOwner.EVENT_LENGTH) + 10);
        assertThat(drainer.drain(false)).isTrue();
        assertThat(receiver.storedEvents()).isEqualTo(fired - 10);
        assertThat(drainer.drain(false)).isFalse();
        assertThat(drainer.drain(true)).isTrue();
        assertThat(receiver.storedEvents()).isEqualTo(fired);
        assertThat(drainer.drain(true)).isFalse();
        assertThat(fake.words().receivedVolatile(0)).isEqualTo(TaggedWord.of(session.epoch(), 2));
        assertThat(account().written()).isEqualTo(fired);
    }

    @Test
    void shouldGiveARingUpWhenNobodyCanTakeItsChunkForEver() {
        final RingProducer owner = owner(FullPolicy.DISCARD);
        begin();
        fire(owner, 10);
        final long state =
            fake.slot(0).chunkAddress(FakeTarget.CHUNK_LENGTH, FakeOwner.RING_LENGTH) + ChunkDescriptor.STATE_OFFSET;
        Memory.putLongVolatile(state, -1);
        int drains = 0;
        while (drains < 1000 && drainer.drain(true)) {
            drains++;
        }
        assertThat(drains).isLessThan(1000);
        assertThat(drainer.fault(false)).contains("ring 0 contradicts itself").contains("chunk states");
        assertThat(receiver.storedEvents()).isZero();
    }

    @Test
    void shouldBalanceAccountsWhenOwnerOverwritesWhileChunksAreDrained() {
        final Random random = new Random(4711);
        final RingProducer owner = owner(FullPolicy.OVERWRITE);
        fire(owner, 1500);
        begin();
        final long before = session.base(0).eventsBefore();
        assertThat(before).isEqualTo(session.base(0).overwritten()).isPositive();
        for (int i = 0; i < 200; i++) {
            fire(owner, random.nextInt(1000));
            drainer.drain(random.nextBoolean());
        }
        while (drainer.drain(true)) {
            assertThat(session.isLost()).isFalse();
        }
        final RingAccount account = account();
        assertThat(account.written()).isEqualTo(fired - before);
        assertThat(account.overwritten()).isPositive();
        assertThat(account.lost()).isZero();
        assertThat(TraceReader.open(directory.resolve("trace")).gaps()).isEmpty();
    }

    @Test
    void shouldEndTheTraceWhenAnotherConsumerHasMovedHead() {
        final RingProducer owner = owner(FullPolicy.DISCARD);
        begin();
        fire(owner, 10);
        drainer.drain(true);
        fire(owner, 10);
        final Slot slot = fake.slot(0);
        fake.words().compareAndSetSession(fake.words().sessionVolatile(), new SessionHolder(9, 1).word());
        final long taken = TaggedWord.of(9, TaggedWord.value(slot.headWordVolatile()));
        slot.compareAndSetHeadWord(slot.headWordVolatile(), taken);
        drainer.drain(true);
        assertThat(session.isLost()).isTrue();
        assertThat(slot.headWordVolatile()).isEqualTo(taken);
        assertThat(receiver.storedEvents()).isEqualTo(10);
    }

    @Test
    void shouldGoOnWhereTheSessionBeforeEndedWhenItLeftNoWordOfTheTarget() {
        final RingProducer owner = owner(FullPolicy.DISCARD);
        begin();
        fire(owner, 25);
        drainer.drain(true);
        session.close();
        writer.close();
        session = Session.take(target, STALE_NS);
        assertThat(session.base(0).sequence()).isEqualTo(1);
        assertThat(session.base(0).eventsBefore()).isEqualTo(25);
        assertThat(session.base(0).gap()).isNull();
    }

    /** The words that a consumer leaves that is killed after a store of docs/protocol.md section 5. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6})
    void shouldHaveEachEventInOneTraceOrOneLossWhenKilledAfterAStore(final int step) {
        final RingProducer owner = owner(FullPolicy.OVERWRITE);
        begin();
        fire(owner, 10);
        drainer.drain(true);
        fire(owner, 7);
        final Slot slot = fake.slot(0);
        final long head = slot.headVolatile(slot.tailAcquire());
        drainer.drain(true);
        final long end = slot.headVolatile(slot.tailAcquire());
        final int epoch = session.epoch();
        fake.words().compareAndSetAppending(0, TaggedWord.of(epoch, 0), TaggedWord.of(epoch, end >>> 3));
        if (step < 6) {
            fake.words().compareAndSetReceived(0, TaggedWord.of(epoch, 2), TaggedWord.of(epoch, 1));
        }
        if (step < 4) {
            slot.compareAndSetHeadWord(slot.headWordVolatile(), Slot.headWord(epoch, head));
        }
        session.close();
        writer.close();
        fire(owner, 5);
        session = Session.take(target, STALE_NS);
        // Received, but its word not cleared: a number that nobody uses.
        final long number = step < 6 ? 2 : 3;
        assertThat(session.base(0).sequence()).isEqualTo(number);
        assertThat(session.base(0).eventsBefore()).isEqualTo(17);
        assertThat(session.base(0).gap()).isEqualTo(step < 4 ? new RingBase.Gap(2, 2, 7, true, end) : null);
        writer = TraceWriter.create(directory.resolve("next"), TraceInfo.now("", ""));
        trace = new TargetTraceWriter(writer, target, false);
        receiver = new PacketReceiver(session, trace);
        drainer = new SharedDrainer(session, trace, receiver);
        receiver.confirmGaps();
        assertThat(fake.words().receivedVolatile(0)).isEqualTo(TaggedWord.of(session.epoch(), number));
        assertThat(fake.words().appendingVolatile(0)).isEqualTo(TaggedWord.of(session.epoch(), 0));
        drainer.drain(true);
        assertThat(receiver.storedEvents()).isEqualTo(5);
        final RingAccount account = account();
        assertThat(account.written()).isEqualTo(step < 4 ? 12 : 5);
        assertThat(account.lost()).isEqualTo(step < 4 ? 7 : 0);
        final TargetTrace stored = TraceReader.open(directory.resolve("next")).targets().get(0);
        assertThat(stored.losses()).hasSize(step < 4 ? 1 : 0);
        assertThat(stored.streams().get(0).endSequence()).isEqualTo(number + 1);
    }

    @Test
    void shouldAppendNothingWhenASuccessorHasTakenItsWord() {
        final RingProducer owner = owner(FullPolicy.DISCARD);
        begin();
        fire(owner, 10);
        drainer.drain(true);
        fire(owner, 10);
        fake.words().compareAndSetAppending(0, fake.words().appendingVolatile(0), TaggedWord.of(9, 0));
        drainer.drain(true);
        assertThat(session.isLost()).isTrue();
        assertThat(receiver.storedEvents()).isEqualTo(10);
    }

    @Test
    void shouldStayAliveWhenWordsAreForgedWhileTheyAreRead() throws InterruptedException {
        final long seed = Seed.draw("SharedDrainerTest");
        final Random random = new Random(seed);
        final RingProducer owner = owner(FullPolicy.OVERWRITE);
        fire(owner, 2000);
        begin();
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
                // A drainer of its own each time: one that finds a ring contradicting itself reads it no more.
                new SharedDrainer(session, trace, receiver).drain(random.nextBoolean());
            }
        } finally {
            isStopped.set(true);
            forger.join();
        }
        // Each packet's header holds together, whatever is in it.
        TraceReader.open(directory.resolve("trace"));
    }

    private void forge(final Random random) {
        FakeOwner.forge(fake, session.epoch(), random);
    }
}
