// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.testsupport.OneJdk;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each bucket of a histogram holds as many as the values themselves say, whatever numbers they are. */
@OneJdk
class HistogramTest {
    private static final double[] SPECIAL = {0.0, -0.0, Double.MIN_VALUE, -Double.MIN_VALUE, 1e-310, Double.MIN_NORMAL,
        1, -1, 0.5, 2, 1e300, Double.MAX_VALUE, -Double.MAX_VALUE, Double.NaN};
    private static final long[] SPECIAL_LONGS = {0, 1, -1, 127, 128, -127, -128, 255, 256, Long.MAX_VALUE,
        Long.MIN_VALUE, Long.MIN_VALUE + 1, 1L << 62, 1L << 53};

    @TempDir
    private Path directory;

    private int traces;

    private static EventSchema schema(final FieldType type) {
        return new EventSchema(1, "p", "e", List.of(new FieldSchema("f", type,
            type.isEnum() ? List.of("RED", "GREEN") : List.of()), new FieldSchema("g", FieldType.INT8)));
    }

    private TraceEvents write(final FieldType type, final List<? extends Object> values) {
        final QuestionTrace trace = new QuestionTrace(directory.resolve("t" + traces++), schema(type));
        for (int i = 0; i < values.size(); i++) {
            trace.event(0, i, schema(type), values.get(i), i % 2);
        }
        return trace.read();
    }

    private static Number number(final Random random, final FieldType type, final int mix) {
        if (type == FieldType.FLOAT64 || type == FieldType.FLOAT32) {
            final double value = switch (random.nextInt(mix)) {
                case 0 -> SPECIAL[random.nextInt(SPECIAL.length)];
                case 1 -> Math.abs(random.nextGaussian() * 1000);
                case 2 -> random.nextGaussian() * 1e-3;
                default -> 3.0;
            };
            return type == FieldType.FLOAT32 ? (double) (float) value : value;
        }
        final long value = switch (random.nextInt(mix)) {
            case 0 -> SPECIAL_LONGS[random.nextInt(SPECIAL_LONGS.length)];
            case 1 -> random.nextLong() >> random.nextInt(64);
            case 2 -> random.nextInt(1000) - 500;
            default -> 77;
        };
        return type == FieldType.INT16 ? (long) (short) value : value;
    }

    private static BigDecimal exact(final FieldType type, final Number value) {
        return type == FieldType.UINT64 ? new BigDecimal(Long.toUnsignedString(value.longValue()))
            : value instanceof Double number ? new BigDecimal(number) : BigDecimal.valueOf(value.longValue());
    }

    @ParameterizedTest
    @EnumSource(value = FieldType.class, names = {"FLOAT32", "FLOAT64", "INT16", "INT64", "UINT64"})
    void shouldCountEachValueOnceWhereItBelongsWhenNumbersAreOfEveryKind(final FieldType type) throws Exception {
        final Random random = QuestionTrace.random("HistogramTest");
        for (int run = 0; run < 8; run++) {
            final List<Number> values = new ArrayList<>();
            final int mix = 1 + random.nextInt(12);
            for (int i = 1 + random.nextInt(200); i > 0; i--) {
                values.add(number(random, type, mix));
            }
            final TraceEvents events = write(type, values);
            check(type, values, Answers.of(events, Questions.NONE.histogramsOf("f")), false);
            check(type, values, Answers.of(events, Questions.NONE.histogramsOf("p:e.f").linear()), true);
        }
    }

    private static void check(final FieldType type, final List<Number> values, final Answers answers,
        final boolean isLinear) throws Exception {
        final JsonNode histogram = QuestionTrace.json(answers).get("histograms").get(0);
        final List<BigDecimal> numbers = values.stream()
            .filter(value -> !Double.isNaN(value.doubleValue()) && !Double.isInfinite(value.doubleValue()))
            .map(value -> exact(type, value)).toList();
        long total = 0;
        for (final JsonNode bucket : histogram.get("buckets")) {
            if (bucket.get("from").isTextual() || bucket.get("to").isTextual()) {
                // The last power of two of a double is infinite, and so are two values of floats.
                total += bucket.get("count").asLong();
                continue;
            }
            final BigDecimal from = decimal(type, bucket.get("from"));
            final BigDecimal to = decimal(type, bucket.get("to"));
            final boolean isNegative = !isLinear && to.signum() <= 0 && !from.equals(to);
            final long expected = numbers.stream().filter(value -> from.compareTo(to) == 0 ? value.compareTo(from) == 0
                : isNegative ? value.compareTo(from) > 0 && value.compareTo(to) <= 0
                : value.compareTo(from) >= 0 && value.compareTo(to) < 0).count();
            // Bounds of equally wide buckets of doubles are rounded.
            if (!isLinear || type != FieldType.FLOAT32 && type != FieldType.FLOAT64) {
                assertThat(bucket.get("count").asLong()).as("%s of %s", bucket, values).isEqualTo(expected);
            }
            total += bucket.get("count").asLong();
        }
        final long nan = values.stream().filter(value -> Double.isNaN(value.doubleValue())).count();
        assertThat(total).isEqualTo(values.size() - nan).isEqualTo(histogram.get("count").asLong());
        if (isLinear && histogram.get("scale").asText().equals("linear")) {
            assertThat(histogram.get("buckets").size()).isBetween(1, 20);
        }
        assertThat(answers.toText()).contains("|");
    }

    /** Numbers of JSON as they are written: a double that was read as such is not the decimal that it is read from. */
    private static BigDecimal decimal(final FieldType type, final JsonNode node) {
        return type == FieldType.FLOAT32 || type == FieldType.FLOAT64 ? new BigDecimal(node.doubleValue())
            : new BigDecimal(node.isBigInteger() ? node.bigIntegerValue() : BigInteger.valueOf(node.longValue()));
    }

    @Test
    void shouldDrawBarsWhenPeopleRead() {
        final List<Long> values = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            values.add(i < 60 ? 5L : i < 90 ? 20L : 1_000_000L);
        }
        assertThat(Answers.of(write(FieldType.INT64, values), Questions.NONE.histogramsOf("f")).toText()).isEqualTo("""

            p:e.f: 100 values
              [4, 8)                60 |##################################################|
              [8, 16)                0 |                                                  |
              [16, 32)              30 |#########################                         |
              ...
              [524,288, 1,048,576)  10 |#########                                         |
            """);
        assertThat(Answers.of(write(FieldType.INT64, List.of(1L, 14L, 39L)), Questions.NONE.histogramsOf("f").linear())
            .toText()).startsWith("\np:e.f: 3 values\n  [0, 2)    1 |").contains("[2, 4)    0 |", "[38, 40)  1 |");
    }

    @Test
    void shouldHaveABarForNullAndForEachCodeWithoutALabel() throws Exception {
        final List<Long> values = List.of(0L, 1L, 1L, 7L, 7L, 9L, (long) NullValue.code(FieldType.ENUM8));
        final Answers answers = Answers.of(write(FieldType.ENUM8, values), Questions.NONE.histogramsOf("f"));
        assertThat(answers.toText().lines().skip(2).map(line -> line.replaceAll("[ |#]+$", "").trim()
            .replaceAll(" +", " "))).containsExactly("RED 1", "GREEN 2", "#7 2", "#9 1", "null 1");
        final JsonNode histogram = QuestionTrace.json(answers).get("histograms").get(0);
        assertThat(histogram.get("values").toString()).isEqualTo("{\"RED\":1,\"GREEN\":2,\"#7\":2,\"#9\":1}");
        assertThat(histogram.get("null").asLong()).isEqualTo(1);
    }

    @Test
    void shouldHaveAHistogramForEachValueWhenAskedByAField() throws Exception {
        final List<Long> values = new ArrayList<>();
        for (long i = 0; i < 100; i++) {
            values.add(i);
        }
        final Answers answers =
            Answers.of(write(FieldType.INT64, values), Questions.NONE.by("g").histogramsOf("f").linear().top(1));
        final JsonNode histograms = QuestionTrace.json(answers).get("histograms");
        assertThat(histograms).hasSize(2);
        assertThat(histograms.get(0).get("value").asInt()).isZero();
        assertThat(histograms.get(0).get("buckets").findValuesAsText("count")).hasSize(20).containsOnly("2", "3");
        assertThat(histograms.get(1).get("others").asBoolean()).isTrue();
        assertThat(answers.toText()).contains("p:e.f, g 0: 50 values\n", "p:e.f, g of other values: 50 values\n");
    }

    @Test
    void shouldCountLabelsAndLengthsWhenAFieldHasNoNumbers() throws Exception {
        final Answers labels =
            Answers.of(write(FieldType.ENUM8, List.of(0, 1, 1, 9)), Questions.NONE.histogramsOf("f"));
        assertThat(labels.toText()).contains("  RED    1 |", "  GREEN  2 |", "  #9     1 |");
        assertThat(QuestionTrace.json(labels).get("histograms").get(0).get("values").get("GREEN").asInt()).isEqualTo(2);
        final Answers texts = Answers.of(write(FieldType.STRING, List.of("", "a", "bc", "de")),
            Questions.NONE.histogramsOf("f"));
        assertThat(texts.toText()).contains("p:e.f (length): 4 values\n", "  0       1 |", "  [2, 4)  2 |");
    }
}
