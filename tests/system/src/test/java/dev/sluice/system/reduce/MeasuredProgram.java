// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.reduce;

import static dev.sluice.trace.Field.bytes;
import static dev.sluice.trace.Field.float64;
import static dev.sluice.trace.Field.int16;
import static dev.sluice.trace.Field.int32;
import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.int8;
import static dev.sluice.trace.Field.string;
import static dev.sluice.trace.Field.uint16;
import static dev.sluice.trace.Field.uint32;
import static dev.sluice.trace.Field.uint64;
import static dev.sluice.trace.Field.uint8;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * The traced program of {@link ReductionTest}: fires random values and says afterwards what they were, of those calls
 * that were fired. Arguments: seed, threads, events of each thread.
 */
public final class MeasuredProgram {
    private static final String[] WIDTHS = {"a", "b", "c", "d", "e", "f", "g", "h"};
    private static final int TEXT = 40;

    private final Provider provider = Provider.named("measured");
    private final Tracepoint widths = provider.tracepoint("widths", int8("a"), int16("b"), int32("c"), int64("d"),
        uint8("e"), uint16("f"), uint32("g"), uint64("h"));
    private final Tracepoint behind = provider.tracepoint("behind", string("label"), int64("value"), bytes("sequence"),
        uint32("tail"), int16("last"));
    private final Tracepoint other = provider.tracepoint("other", int64("d"), string("label"), float64("price"));
    private final Map<String, Truth> truths = new LinkedHashMap<>();

    /** Runs until it is told to quit. */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        final MeasuredProgram program = new MeasuredProgram();
        program.provider.load();
        System.out.println("pid " + ProcessHandle.current().pid());
        if (!program.widths.isEnabled()) {
            program.provider.awaitEnabled(Duration.ofMinutes(2));
        }
        program.fire(Long.parseLong(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
        program.truths.forEach((field, truth) -> System.out.println("truth " + field + ' ' + truth));
        System.out.println("fired");
        System.in.read();
    }

    private void fire(final long seed, final int count, final int events) throws InterruptedException {
        final Thread[] threads = new Thread[count];
        for (int i = 0; i < count; i++) {
            final Random random = new Random(seed + i);
            threads[i] = new Thread(() -> fire(random, events), "measured-" + i);
            threads[i].start();
        }
        for (final Thread thread : threads) {
            thread.join();
        }
    }

    private void fire(final Random random, final int events) {
        final Map<String, Truth> own = new LinkedHashMap<>();
        for (int i = 0; i < events; i++) {
            switch (random.nextInt(3)) {
                case 0 -> fireWidths(random, own);
                case 1 -> fireBehind(random, own);
                default -> other.event().put(random.nextLong()).put("x".repeat(random.nextInt(TEXT)))
                    .put(random.nextDouble()).fire();
            }
        }
        synchronized (truths) {
            own.forEach((field, truth) -> truths.merge(field, truth, Truth::plus));
        }
    }

    private void fireWidths(final Random random, final Map<String, Truth> own) {
        final long value = valueOf(random);
        if (widths.event().put((byte) value).put((short) value).put((int) value).put(value).put((byte) value)
            .put((short) value).put((int) value).put(value).fire()) {
            final long[] values = {(byte) value, (short) value, (int) value, value};
            for (int i = 0; i < WIDTHS.length; i++) {
                // The second four are the same bits without a sign.
                final BigInteger signed = BigInteger.valueOf(values[i % values.length]);
                add(own, "widths." + WIDTHS[i], i < values.length ? signed
                    : signed.mod(BigInteger.ONE.shiftLeft(Byte.SIZE << i - values.length)));
            }
        }
    }

    private void fireBehind(final Random random, final Map<String, Truth> own) {
        final long value = random.nextInt(2000) - 1000;
        final long tail = random.nextInt() & 0xffff_ffffL;
        final short last = (short) random.nextInt();
        final String label = random.nextInt(10) == 0 ? null : "ä".repeat(random.nextInt(TEXT));
        if (behind.event().put(label).put(value).put(new byte[random.nextInt(TEXT)]).put((int) tail).put(last).fire()) {
            add(own, "behind.value", BigInteger.valueOf(value));
            add(own, "behind.tail", BigInteger.valueOf(tail));
            add(own, "behind.last", BigInteger.valueOf(last));
        }
    }

    private static void add(final Map<String, Truth> own, final String field, final BigInteger value) {
        own.computeIfAbsent("measured:" + field, unused -> new Truth()).add(value);
    }

    /** Values of all magnitudes, and often those at the ends of a type. */
    private static long valueOf(final Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> Long.MIN_VALUE >> random.nextInt(Long.SIZE);
            case 3 -> Long.MAX_VALUE >>> random.nextInt(Long.SIZE);
            default -> random.nextLong() >> random.nextInt(Long.SIZE);
        };
    }
}
