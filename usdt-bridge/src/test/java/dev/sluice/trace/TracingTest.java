// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static dev.sluice.trace.Field.bool;
import static dev.sluice.trace.Field.bytes;
import static dev.sluice.trace.Field.enumeration;
import static dev.sluice.trace.Field.float32;
import static dev.sluice.trace.Field.float64;
import static dev.sluice.trace.Field.int16;
import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;
import static dev.sluice.trace.Field.uint8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.region.Region;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.ConsumerLife;
import dev.sluice.target.LocalTarget;
import dev.sluice.target.session.SessionTerms;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The tracing API in this very process, with the consumer's words of the real control file set by the test. What the
 * kernel does with a batch is tested end to end elsewhere; here nobody is attached, so events stay in their rings.
 */
class TracingTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final Duration STALE = Duration.ofMillis(200);
    private static int commands;

    private enum Side { BUY, SELL }

    private final LocalTarget target = LocalTarget.start();
    private final ControlFile control = target.memory().controlFile();
    private ConsumerLife life;

    private int startSession() {
        final int epoch = TaggedWord.nextEpoch(TaggedWord.epoch(control.sessionVolatile()));
        life = ConsumerLife.begin(epoch);
        assertThat(control.compareAndSetSession(control.sessionVolatile(), TaggedWord.of(epoch, 1))).isTrue();
        heartbeat(epoch, System.nanoTime());
        return epoch;
    }

    private void heartbeat(final int epoch, final long nowNs) {
        control.compareAndSetHeartbeat(control.heartbeatVolatile(), TaggedWord.of(epoch, nowNs / 1000));
    }

    private Command.Answer command(final int epoch, final Command.Kind kind, final byte[] payload) {
        return give(new Command(epoch, kind, ++commands, payload));
    }

    private Command.Answer give(final Command command) {
        assertThat(command.send(control)).isTrue();
        await(() -> Command.answer(control, command.word()) != null);
        return Command.answer(control, command.word());
    }

    private Command.Answer enable(final int epoch, final String... patterns) {
        return enable(epoch, Duration.ofSeconds(5), patterns);
    }

    private Command.Answer enable(final int epoch, final Duration stale, final String... patterns) {
        return enable(epoch, stale, 0, patterns);
    }

    private Command.Answer enable(final int epoch, final Duration stale, final int ringBytes,
                                  final String... patterns) {
        return command(epoch, Command.Kind.ENABLE, new Command.Enable(Command.Source.BPF, null, false, 1 << 20,
            0, stale.toNanos(), ringBytes, List.of(patterns)).encode());
    }

    private static void await(final BooleanSupplier condition) {
        final long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - begin).as("waited").isLessThan(TIMEOUT.toNanos());
            LockSupport.parkNanos(1_000_000);
        }
    }

    @AfterEach
    void endSession() {
        final long word = control.sessionVolatile();
        control.compareAndSetSession(word, TaggedWord.of(TaggedWord.epoch(word), 0));
        await(() -> target.session().current() == SessionTerms.NONE);
        if (life != null) {
            life.close();
        }
    }

    @Test
    void shouldEnableOnlyWhatTheSessionSelectsAndLaterDeclarationsToo() {
        final Provider provider = Provider.named("selected");
        final Tracepoint one = provider.tracepoint("one", int64("a"));
        final Tracepoint two = provider.tracepoint("two", int64("a"));
        provider.load();
        assertThat(one.isEnabled()).isFalse();
        assertThat(one.fire(1)).isFalse();
        final int epoch = startSession();
        assertThat(enable(epoch, "selected:o*").result()).isEqualTo(Command.Result.OK);
        assertThat(one.isEnabled()).isTrue();
        assertThat(two.isEnabled()).isFalse();
        final Tracepoint other = provider.tracepoint("other", int64("a"));
        assertThat(other.isEnabled()).isFalse();
        provider.load();
        assertThat(other.isEnabled()).isTrue();
        // Nobody is attached to the drain probe: the event stays, and the answer says so.
        assertThat(one.fire(2)).isTrue();
        assertThat(command(epoch, Command.Kind.DISABLE, new byte[0]).result()).isEqualTo(Command.Result.INCOMPLETE);
        assertThat(one.isEnabled()).isFalse();
    }

    @Test
    void shouldKeepTheBitsUpWhenTheConsumerIsLateAndSayThatItIs() {
        final Provider provider = Provider.named("late");
        final Tracepoint tracepoint = provider.tracepoint("t");
        provider.load();
        final int epoch = startSession();
        enable(epoch, STALE, "late");
        await(target.session()::isConsumerStalled);
        assertThat(tracepoint.isEnabled()).isTrue();
        assertThat(control.activeEpochVolatile()).isEqualTo(epoch);
        // A sign of life is one that changes: no clock of the consumer's is compared with ours.
        heartbeat(epoch, 1000);
        assertThat(target.session().isConsumerStalled()).isFalse();
        await(target.session()::isConsumerStalled);
        heartbeat(epoch, Long.MAX_VALUE);
        assertThat(target.session().isConsumerStalled()).isFalse();
    }

    @Test
    void shouldLowerTheBitsAtOnceWhenTheConsumerIsDead() {
        final Provider provider = Provider.named("dead");
        final Tracepoint tracepoint = provider.tracepoint("t");
        provider.load();
        final int epoch = startSession();
        enable(epoch, "dead");
        assertThat(tracepoint.isEnabled()).isTrue();
        life.close();
        await(() -> !tracepoint.isEnabled());
        await(() -> target.session().current() == SessionTerms.NONE);
        assertThat(control.activeEpochVolatile()).isZero();
    }

    @Test
    void shouldEnableAtOnceWhatIsDeclaredLaterHoweverBusyTheControlThreadIs() throws InterruptedException {
        Provider.named("first").load();
        final int epoch = startSession();
        enable(epoch, "declared*");
        final Set<String> late = ConcurrentHashMap.newKeySet();
        final Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            final String name = "declared" + i;
            threads[i] = new Thread(() -> {
                for (int j = 0; j < 10; j++) {
                    final Provider provider = Provider.named(name);
                    final Tracepoint tracepoint = provider.tracepoint("t" + j, int64("a"));
                    provider.load();
                    if (!tracepoint.fire(1)) {
                        late.add(tracepoint.qualifiedName());
                    }
                }
            });
            threads[i].start();
        }
        for (final Thread thread : threads) {
            thread.join(TIMEOUT.toMillis());
        }
        assertThat(late).isEmpty();
    }

    @Test
    void shouldRefuseCommandsOfAnotherEpoch() {
        final int epoch = startSession();
        assertThat(enable(epoch + 1, "*").result()).isEqualTo(Command.Result.STALE);
        final Command unknown = new Command(epoch, 77, ++commands, new byte[0]);
        assertThat(give(unknown).result()).isEqualTo(Command.Result.UNKNOWN_KIND);
    }

    /** A process that was stopped finds the command of a consumer that was killed. The session word names it still. */
    @Test
    void shouldRefuseCommandsOfAConsumerThatIsDead() {
        final Provider provider = Provider.named("orphaned");
        provider.tracepoint("t");
        provider.load();
        final int epoch = startSession();
        life.close();
        assertThat(enable(epoch, "orphaned").result()).isEqualTo(Command.Result.STALE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 64 << 10, 1 << 20, 3 << 20, Integer.MAX_VALUE})
    void shouldLetRingsHaveAsMuchMemoryAsTheSessionSays(final int ringBytes) throws InterruptedException {
        final Provider provider = Provider.named("room" + ringBytes);
        final Tracepoint one = provider.tracepoint("one", int64("a"));
        provider.load();
        final int epoch = startSession();
        assertThat(enable(epoch, Duration.ofSeconds(5), ringBytes, provider.name() + ":*").result())
            .isEqualTo(Command.Result.OK);
        final long ordinary = target.memory().ordinaryRingLength();
        final long room = ringBytes == 0 ? ordinary : Math.max(target.memory().leastRingLength(),
            Math.min(target.memory().greatestRingLength(), Long.highestOneBit(2L * ringBytes - 1)));
        final long[] accepted = new long[1];
        final Thread thread = new Thread(() -> {
            // Nobody drains. What is in the ring when it refuses for the first time is what it had room for.
            for (long i = 0; i < 2 * room / 16; i++) {
                one.fire(i);
            }
            final Slot slot = target.ring().slot();
            accepted[0] = 2 * room / 16 - slot.discardedAcquire();
        });
        thread.start();
        thread.join(TIMEOUT.toMillis());
        assertThat(thread.isAlive()).isFalse();
        // Each chunk has room for whole events of 16 bytes.
        assertThat(accepted[0] * 16).isEqualTo(room);
    }

    @Test
    void shouldRefuseToBeDrainedByASourceThatItDoesNotKnow() {
        final int epoch = startSession();
        final byte[] payload =
            new Command.Enable(Command.Source.BPF, null, false, 1 << 20, 0, 0, List.of("*")).encode();
        payload[0] = 9;
        final Command.Answer answer = command(epoch, Command.Kind.ENABLE, payload);
        assertThat(answer.result()).isEqualTo(Command.Result.FAILED);
        assertThat(answer.text()).isEqualTo(
            "result 5 FAILED: source=9 is unknown to this version of the library: update the application's");
        assertThat(control.activeEpochVolatile()).isNotEqualTo(epoch);
    }

    @Test
    void shouldStoreEveryFieldTypeAsTheWireFormatSays() throws IOException {
        final Provider provider = Provider.named("wire");
        final Tracepoint mixed = provider.tracepoint("mixed", float64("d"), string("s"), enumeration("e", Side.class),
            bool("b"), int16("i"), float32("f"), bytes("y"));
        final Tracepoint text = provider.tracepoint("text", string("s"), uint8("n"), int64("l"));
        provider.load();
        final int epoch = startSession();
        enable(epoch, "wire");
        assertThat(mixed.event().put(1.5).put("hä").put(Side.SELL).put(true).put(-2L).put(0.5).put(new byte[] {9, 8})
            .fire()).isTrue();
        assertThat(text.fire("abc", 255, -1)).isTrue();
        final Slot slot = target.ring().slot();
        final long tail = slot.tailAcquire();
        final byte[] event = Memory.getBytes(slot.ringAddress() + (tail - 24 - 40 & slot.ringLength() - 1), 64);
        assertThat(event[8 + 6]).isEqualTo((byte) 0xF8);
        assertThat(new String(event, 18, 3, StandardCharsets.UTF_8)).isEqualTo("hä");
        assertThat(event[21]).isEqualTo((byte) 1);
        assertThat(event[22]).isEqualTo((byte) 1);
        assertThat(event[23]).isEqualTo((byte) -2);
        assertThat(event[29]).isEqualTo((byte) 2);
        assertThat(event[31]).isEqualTo((byte) 9);
        final byte[] second = Arrays.copyOfRange(event, 40, 64);
        assertThat(second[8]).isEqualTo((byte) 3);
        assertThat(new String(second, 10, 3)).isEqualTo("abc");
        assertThat(second[13]).isEqualTo((byte) 255);
        assertThat(second[14]).isEqualTo((byte) -1);
        final List<EventSchema> schemas = SchemaCodec.decode(target.memory().region().schemaLog());
        assertThat(schemas.get(EventDescriptor.id(ByteBuffer.wrap(event)
            .order(ByteOrder.LITTLE_ENDIAN).getLong()) - 1).name()).isEqualTo("wire:mixed");
    }

    @Test
    void shouldDiscardAndNeverThrowWhenArgumentsDoNotFit() {
        final Provider provider = Provider.named("unfit");
        final Tracepoint tracepoint = provider.tracepoint("t", int64("a"), string("s"));
        provider.load();
        final int epoch = startSession();
        enable(epoch, "unfit");
        final long before = target.memory().refusedCount(RefusalCause.WRONG_ARGUMENTS);
        assertThat(tracepoint.fire(1)).isTrue();
        assertThat(tracepoint.fire("x", 1)).isTrue();
        assertThat(tracepoint.event().put(1.5).fire()).isTrue();
        assertThat(tracepoint.event().put(1).fire()).isTrue();
        assertThat(target.memory().refusedCount(RefusalCause.WRONG_ARGUMENTS)).isEqualTo(before + 4);
    }

    @Test
    void shouldCheckDeclarations() {
        final Provider provider = Provider.named("declared");
        final Tracepoint tracepoint = provider.tracepoint("t", int64("a"));
        assertThat(Provider.named("declared")).isSameAs(provider);
        assertThat(provider.tracepoint("t", int64("a"))).isSameAs(tracepoint);
        assertThat(provider.find("t")).isSameAs(tracepoint);
        assertThatThrownBy(() -> provider.tracepoint("t", int64("b"))).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("declared:t");
        assertThatThrownBy(() -> provider.tracepoint("u", int64("a"), int64("a")))
            .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Provider.named("a b")).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("a b");
        assertThatThrownBy(() -> Provider.named("sluice")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> int64("9")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldFreeTheSlotOfADeadThreadOnlyWhenItsEventsAreDrained() throws Exception {
        final Provider provider = Provider.named("slots");
        final Tracepoint tracepoint = provider.tracepoint("t", int64("a"));
        provider.load();
        enable(startSession(), "slots");
        final int[] slotIndex = new int[1];
        final Thread thread = new Thread(() -> {
            tracepoint.fire(1);
            slotIndex[0] = target.ring().slot().index();
        });
        thread.start();
        thread.join(TIMEOUT.toMillis());
        final Region region = target.memory().region();
        final Slot slot = region.slot(slotIndex[0]);
        await(() -> SlotDescriptor.state(slot.stateVolatile()) == SlotDescriptor.STATE_ORPHANED);
        // As a drainer would have moved it.
        slot.putHeadWordVolatile(Slot.headWord(1, slot.tailAcquire()));
        await(() -> SlotDescriptor.state(slot.stateVolatile()) == SlotDescriptor.STATE_FREE);
        final CountDownLatch fired = new CountDownLatch(1);
        final Thread next = new Thread(() -> {
            tracepoint.fire(2);
            slotIndex[0] = target.ring().slot().index();
            fired.countDown();
        });
        next.start();
        assertThat(fired.await(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
        assertThat(slotIndex[0]).isLessThanOrEqualTo(slot.index());
        assertThat(SlotDescriptor.generation(region.slot(slotIndex[0]).stateVolatile())).isGreaterThan(1);
    }
}
