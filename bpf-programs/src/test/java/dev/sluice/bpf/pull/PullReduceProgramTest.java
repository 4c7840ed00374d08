// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.reduce.Measure;
import dev.sluice.bpf.reduce.Reduced;
import dev.sluice.bpf.reduce.Reduction;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The program and {@link Reduction#reduce} do the same, with batches that are sound and with those that lie. */
@OneJdk
@KernelTest
@Timeout(400)
class PullReduceProgramTest {
    private static final int ROUNDS = 400;
    private static final EventSchema NUMBERS = new EventSchema(7, "p", "numbers",
        List.of(field("a", FieldType.INT8), field("b", FieldType.UINT64), field("c", FieldType.INT16)));
    private static final EventSchema TEXTS = new EventSchema(65_534, "p", "texts",
        List.of(field("t", FieldType.STRING), field("n", FieldType.INT32), field("s", FieldType.BYTES),
            field("u", FieldType.UINT8)));
    private static final EventSchema NOTHING = new EventSchema(1, "p", "nothing", List.of());
    private static final List<EventSchema> SCHEMAS = List.of(NUMBERS, TEXTS, NOTHING);
    private static final List<Measure> MEASURES = List.of(Measure.sum("p:numbers.a"), Measure.log2("p:numbers.a"),
        Measure.sum("p:numbers.b"), Measure.log2("p:numbers.b"), Measure.linear("p:numbers.b", -5, 1000, 100),
        Measure.linear("p:numbers.c", -1000, 1000, 7), Measure.sum("p:texts.n"), Measure.log2("p:texts.n"),
        Measure.sum("p:texts.u"), Measure.linear("p:texts.u", 10, 20, 3));

    private final ByteBuffer memory =
        ByteBuffer.allocateDirect(PullProgram.MAX_RANGE_LENGTH + Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final long address = NativeCalls.get().addressOf(memory) + Long.BYTES - 1 & -Long.BYTES;
    private final int begin = (int) (address - NativeCalls.get().addressOf(memory));

    private static FieldSchema field(final String name, final FieldType type) {
        return new FieldSchema(name, type, List.of());
    }

    /** Writes events up to a length, and returns how many. */
    private int fill(final Random random, final int length, final int context) {
        int at = 0;
        int events = 0;
        while (at < length) {
            int end = write(random, at, context, length - at);
            if (end > length) {
                // The last event is one without fields, and as many of those as there is room for.
                memory.putLong(begin + at, NOTHING.id());
                end = at + Long.BYTES + context;
                if (end > length) {
                    return -1;
                }
            }
            at = EventDescriptor.align(end);
            events++;
        }
        return events;
    }

    private int write(final Random random, final int at, final int context, final int room) {
        final EventSchema schema = SCHEMAS.get(random.nextInt(2));
        if (room < 160) {
            return at + room + 1;
        }
        memory.putLong(begin + at, random.nextLong() << 16 | schema.id());
        int end = at + Long.BYTES + context;
        for (final FieldSchema field : schema.fields()) {
            if (field.type().isVariable()) {
                final int bytes = random.nextInt(50);
                memory.putShort(begin + end, (short) bytes);
                end += Short.BYTES + bytes;
            } else {
                memory.putLong(begin + end, random.nextLong() >> random.nextInt(Long.SIZE));
                end += field.type().lengthBytes();
            }
        }
        return end;
    }

    private static boolean stageAndReduce(final PullReduceProgram program, final long from, final int length,
                                          final int context) {
        program.stage(0, from, length, context);
        assertThat(program.run(1)).isTrue();
        assertThat(program.isCopied(0)).isTrue();
        return program.reduction().staged().isWhole() && program.reduceStaged();
    }

    private static PullReduceProgram load() {
        final PullReduceProgram program = PullReduceProgram.load((int) ProcessHandle.current().pid(), MEASURES);
        program.reduction().know(SCHEMAS);
        return program;
    }

    @Test
    void shouldTakeTheSameValuesAsThisProcessWhenBatchesAreRandomOrLie() {
        final long seed = Seed.draw("PullReduceProgramTest");
        final Random random = new Random(seed);
        final Reduction here = Reduction.local(MEASURES);
        here.know(SCHEMAS);
        int sound = 0;
        try (PullReduceProgram program = load()) {
            for (int i = 0; i < ROUNDS; i++) {
                final int context = random.nextBoolean() ? 0 : Long.BYTES;
                final int length =
                    random.nextInt(4) == 0 ? PullProgram.MAX_RANGE_LENGTH : 8 * (1 + random.nextInt(500));
                final int events = fill(random, length, context);
                if (random.nextInt(3) == 0) {
                    memory.put(begin + random.nextInt(length), (byte) random.nextInt());
                }
                final boolean isSound = here.reduce(address, length, context);
                assertThat(stageAndReduce(program, address, length, context)).as("seed %s, round %s", seed, i)
                    .isEqualTo(isSound);
                if (isSound) {
                    sound++;
                    assertThat(program.reduction().staged().exactLength()).isBetween(length - 7, length);
                }
                assertThat(events).isNotZero();
            }
            assertThat(program.reduction().reduced()).as("seed %s", seed).isEqualTo(here.reduced());
        }
        assertThat(sound).isGreaterThan(ROUNDS / 4);
    }

    @Test
    void shouldTakeNothingWhenLengthsLieOrAnEventIsNotKnown() {
        try (PullReduceProgram program = load()) {
            memory.putLong(begin, TEXTS.id());
            memory.putShort(begin + Long.BYTES, (short) 0xffff);
            assertThat(stageAndReduce(program, address, 256, 0)).isFalse();
            memory.putLong(begin, 8);
            assertThat(stageAndReduce(program, address, 256, 0)).isFalse();
            memory.putLong(begin, 0);
            assertThat(stageAndReduce(program, address, 256, 0)).isFalse();
            memory.putLong(begin, NUMBERS.id());
            assertThat(stageAndReduce(program, address, 16, 0)).isFalse();
            assertThat(program.reduction().reduced()).allMatch(reduced -> reduced.count().signum() == 0);
        }
    }

    @Test
    void shouldKeepAllDigitsWhenTheSumIsBeyondAWord() {
        try (PullReduceProgram program = load()) {
            for (final long[] values : new long[][] {{-128, -1L}, {-128, Long.MIN_VALUE}, {127, 0}}) {
                memory.putLong(begin, NUMBERS.id());
                memory.put(begin + 8, (byte) values[0]);
                memory.putLong(begin + 9, values[1]);
                memory.putShort(begin + 17, (short) -1000);
                assertThat(stageAndReduce(program, address, 24, 0)).isTrue();
            }
            final Reduced small = program.reduction().reduced().get(0);
            final Reduced large = program.reduction().reduced().get(2);
            assertThat(small.sum()).isEqualTo(BigInteger.valueOf(-129));
            assertThat(small.min()).isEqualTo(BigInteger.valueOf(-128));
            assertThat(large.sum()).isEqualTo(new BigInteger("27670116110564327423"));
            assertThat(large.max()).isEqualTo(new BigInteger("18446744073709551615"));
            assertThat(program.reduction().reduced().get(3).ranges()).containsExactly(
                new Reduced.Range(BigInteger.ZERO, BigInteger.ONE, 1),
                new Reduced.Range(BigInteger.ONE.shiftLeft(63), BigInteger.ONE.shiftLeft(64), 2));
            assertThat(program.reduction().reduced().get(5).ranges()).containsExactly(
                new Reduced.Range(BigInteger.valueOf(-1000), BigInteger.valueOf(-993), 3));
        }
    }
}
