// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Percentiles of a report beside those of the sorted values: from any mix of numbers, within what the report says. */
@OneJdk
class PercentileTest {
    private static final double[] QUANTILES = {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1};
    private static final double[] SPECIAL = {0.0, -0.0, Double.MIN_VALUE, -Double.MIN_VALUE, 13 * Double.MIN_VALUE,
        1e-310, -2.5e-320, Double.MIN_NORMAL, -Double.MIN_NORMAL, 1, -1, 0.5, 1e300, Double.MAX_VALUE,
        -Double.MAX_VALUE, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN};
    private static final long[] SPECIAL_LONGS = {0, 1, -1, 127, 128, -127, -128, 255, 256, Long.MAX_VALUE,
        Long.MIN_VALUE, Long.MIN_VALUE + 1, 1L << 62, 1L << 53};

    @TempDir
    private Path temp;

    private int traces;

    private FieldStatistics statistics(final FieldType type, final List<? extends Number> values) {
        final EventSchema schema =
            new EventSchema(1, "p", "e", List.of(new FieldSchema("f", type, labels(type.isEnum() ? 300 : 0))));
        final TargetInfo target = TestTraces.target();
        final Path directory = temp.resolve("t" + traces++);
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(schema));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            for (int i = 0; i < values.size(); i++) {
                packets.event(schema, i, 0, values.get(i));
                if (packets.count() == 1000) {
                    packets.append(writer, 0);
                }
            }
            packets.append(writer, 0);
        }
        return TraceReport.of(TraceReader.open(directory)).events().get(0).fields().get(0);
    }

    private static List<String> labels(final int count) {
        final List<String> labels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            labels.add("L" + i);
        }
        return labels;
    }

    private static Random random() {
        final long seed = Seed.draw("PercentileTest");
        return new Random(seed);
    }

    private static double number(final Random random, final int mix) {
        return switch (random.nextInt(mix)) {
            case 0 -> SPECIAL[random.nextInt(SPECIAL.length)];
            case 1 -> Double.longBitsToDouble(random.nextLong());
            case 2 -> Double.longBitsToDouble(random.nextLong() & 0x800FFFFFFFFFFFFFL);
            case 3 -> random.nextGaussian() * 1000;
            case 4 -> 0.0;
            default -> SPECIAL[mix % SPECIAL.length];
        };
    }

    @ParameterizedTest
    @EnumSource(value = FieldType.class, names = {"FLOAT32", "FLOAT64"})
    void shouldBeWithinTheStatedErrorWhenDoublesAreOfEveryKind(final FieldType type) {
        final Random random = random();
        for (int run = 0; run < 40; run++) {
            final int mix = 1 + random.nextInt(40);
            final int size = 1 + random.nextInt(400);
            final List<Double> values = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                final double value = number(random, mix);
                values.add(type == FieldType.FLOAT32 ? (double) (float) value : value);
            }
            final FieldStatistics statistics = statistics(type, values);
            final List<Double> sorted = values.stream().filter(value -> !value.isNaN()).sorted().toList();
            assertThat(statistics.nanCount()).isEqualTo(values.size() - sorted.size());
            assertThat(statistics.count()).isEqualTo(sorted.size());
            for (final double quantile : QUANTILES) {
                if (sorted.isEmpty()) {
                    assertThat(statistics.quantile(quantile)).isNull();
                } else {
                    final double exact = sorted.get((int) Math.ceil(quantile * sorted.size()) - 1);
                    checkDouble(exact, (Double) statistics.quantile(quantile));
                }
            }
            if (!sorted.isEmpty()) {
                assertThat(statistics.min()).isEqualTo(sorted.get(0));
                assertThat(statistics.max()).isEqualTo(sorted.get(sorted.size() - 1));
            }
        }
    }

    private static void checkDouble(final double exact, final double found) {
        if (Double.isInfinite(exact) || exact == 0) {
            assertThat(found == exact).as("%s instead of %s", found, exact).isTrue();
        } else {
            // In decimals: the error of a subnormal number is none that a double could hold.
            final BigDecimal most = new BigDecimal(exact).abs().multiply(
                BigDecimal.valueOf(LogHistogram.RELATIVE_ERROR));
            assertThat(new BigDecimal(found).subtract(new BigDecimal(exact)).abs()).as("%s instead of %s", found, exact)
                .isLessThanOrEqualTo(most);
        }
    }

    @ParameterizedTest
    @EnumSource(value = FieldType.class, names = {"INT64", "UINT64", "INT32", "UINT32", "INT8"})
    void shouldBeWithinTheStatedErrorWhenIntegersAreOfEverySize(final FieldType type) {
        final Random random = random();
        for (int run = 0; run < 20; run++) {
            final int size = 1 + random.nextInt(400);
            final List<Long> values = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                final long value = random.nextInt(4) == 0 ? SPECIAL_LONGS[random.nextInt(SPECIAL_LONGS.length)]
                    : random.nextLong() >> random.nextInt(64);
                values.add(cut(type, value));
            }
            final FieldStatistics statistics = statistics(type, values);
            final List<BigInteger> sorted = values.stream().map(value -> type == FieldType.UINT64
                ? new BigInteger(Long.toUnsignedString(value)) : BigInteger.valueOf(value)).sorted().toList();
            for (final double quantile : QUANTILES) {
                final BigInteger exact = sorted.get((int) Math.ceil(quantile * size) - 1);
                final BigInteger found = new BigInteger(statistics.quantile(quantile).toString());
                assertThat(new BigDecimal(found.subtract(exact).abs())).as("%s instead of %s", found, exact)
                    .isLessThanOrEqualTo(new BigDecimal(exact.abs()).multiply(
                        BigDecimal.valueOf(LogHistogram.RELATIVE_ERROR)));
            }
            assertThat(statistics.min().toString()).isEqualTo(sorted.get(0).toString());
            assertThat(statistics.max().toString()).isEqualTo(sorted.get(size - 1).toString());
            assertThat(statistics.sum()).isEqualTo(sorted.stream().reduce(BigInteger.ZERO, BigInteger::add));
        }
    }

    private static long cut(final FieldType type, final long value) {
        return switch (type) {
            case INT32 -> (int) value;
            case UINT32 -> value & 0xFFFFFFFFL;
            case INT8 -> (byte) value;
            default -> value;
        };
    }

    @Test
    void shouldBeExactWhenFewDifferentValuesOccur() {
        final List<Long> sizes = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            sizes.add(i < 700 ? 4096L : i < 950 ? 65_536L : 1_000_003L);
        }
        final FieldStatistics statistics = statistics(FieldType.INT64, sizes);
        assertThat(statistics.quantile(0.5)).isEqualTo(4096L);
        assertThat(statistics.quantile(0.9)).isEqualTo(65_536L);
        assertThat(statistics.quantile(0.99)).isEqualTo(1_000_003L);
    }

    @Test
    void shouldLieInTheMiddleWhenTheFieldIsACounter() {
        final List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            ids.add(7_000_000_000L + i);
        }
        final FieldStatistics statistics = statistics(FieldType.UINT64, ids);
        assertThat(statistics.quantile(0.5).longValue()).isBetween(7_000_000_990L, 7_000_001_010L);
        assertThat(statistics.quantile(0.99).longValue()).isBetween(7_000_001_970L, 7_000_001_990L);
        assertThat(statistics.max()).isEqualTo(BigInteger.valueOf(7_000_001_999L));
    }

    @Test
    void shouldNameTheLabelExactlyWhenTheFieldIsAnEnum() {
        final Random random = random();
        final List<Long> values = new ArrayList<>();
        for (int i = 0; i < 3001; i++) {
            values.add((long) (int) Math.min(320, Math.abs(random.nextGaussian() * 150)));
        }
        final FieldStatistics statistics = statistics(FieldType.ENUM16, values);
        final List<Long> sorted = values.stream().sorted(Comparator.naturalOrder()).toList();
        for (final double quantile : QUANTILES) {
            assertThat(statistics.quantile(quantile)).isEqualTo(sorted.get((int) Math.ceil(quantile * 3001) - 1));
        }
        assertThat(statistics.field().label(299)).isEqualTo("L299");
        assertThat(statistics.field().label(300)).isEqualTo("#300");
        assertThat(statistics.sum()).isNull();
    }
}
