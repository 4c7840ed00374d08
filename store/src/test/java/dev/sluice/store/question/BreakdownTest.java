// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.field.Breakdown;
import dev.sluice.store.field.ValueGroup;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Figures for each value of a field, beside those that are computed from the same events by sorting them. */
@OneJdk
class BreakdownTest {
    private static final List<String> SIDES = List.of("BUY", "SELL");
    private static final EventSchema ORDER = new EventSchema(1, "shop", "order", List.of(
        new FieldSchema("id", FieldType.INT64), new FieldSchema("symbol", FieldType.STRING),
        new FieldSchema("price", FieldType.FLOAT64), new FieldSchema("side", FieldType.ENUM8, SIDES),
        new FieldSchema("open", FieldType.BOOL), new FieldSchema("key", FieldType.UINT64)));
    private static final EventSchema OTHER = new EventSchema(2, "shop", "tick", List.of(
        new FieldSchema("symbol", FieldType.STRING)));
    /** That are counted at a time. */
    private static final int MOST_VALUES = 1 << 16;
    private static final double ERROR = 0.0101;

    @TempDir
    private Path directory;

    /** An order, as the application has it. */
    private record Order(int ring, long ns, long id, String symbol, double price, int side, boolean open, long key) {
    }

    private static List<Order> orders(final Random random, final int count) {
        final List<Order> orders = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // Some symbols are far more frequent than others.
            final String symbol = "S" + (int) (Math.abs(random.nextGaussian()) * 12) + (i % 7 == 0 ? "\"\n" : "");
            orders.add(new Order(random.nextInt(3), 1000L * i, random.nextInt(1 << random.nextInt(31)), symbol,
                Math.exp(random.nextGaussian() * 3) - 1, random.nextInt(2), random.nextBoolean(),
                random.nextInt(4) - 2L));
        }
        return orders;
    }

    private TraceEvents write(final List<Order> orders) {
        final QuestionTrace trace = new QuestionTrace(directory.resolve("trace"), ORDER, OTHER);
        for (final Order order : orders) {
            trace.event(order.ring, order.ns, ORDER, order.id, order.symbol, order.price, order.side, order.open,
                order.key);
        }
        return trace.read();
    }

    private static Function<Order, String> keyOf(final String field) {
        return switch (field) {
            case "side" -> order -> SIDES.get(order.side);
            case "open" -> order -> Boolean.toString(order.open);
            case "key" -> order -> Long.toUnsignedString(order.key);
            case "thread" -> order -> "worker-" + order.ring + " " + (1000 + order.ring);
            default -> order -> order.symbol;
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"symbol", "side", "open", "key", "thread"})
    void shouldBeWhatSortingGivesWhenEventsAreToldApartByAField(final String by) throws Exception {
        final Random random = QuestionTrace.random("BreakdownTest");
        final List<Order> orders = orders(random, 5_000);
        final int top = 1 + random.nextInt(12);
        final TraceEvents events = write(orders).where("id >= 3");
        final JsonNode json = QuestionTrace.json(Answers.of(events, Questions.NONE.by(by).top(top)));
        final Map<String, List<Order>> expected = new HashMap<>();
        orders.stream().filter(order -> order.id >= 3)
            .forEach(order -> expected.computeIfAbsent(keyOf(by).apply(order), key -> new ArrayList<>()).add(order));
        assertThat(json.get("by")).hasSize(1);
        check(json.get("by").get(0), expected, top);
    }

    private static void check(final JsonNode breakdown, final Map<String, List<Order>> expected, final int top) {
        final List<Integer> sizes = expected.values().stream().map(List::size).sorted((a, b) -> b - a).toList();
        final JsonNode values = breakdown.get("values");
        assertThat(values).hasSize(Math.min(top, sizes.size()));
        final List<Order> others = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            final JsonNode value = values.get(i);
            final List<Order> group = expected.remove(value.get("value").asText());
            assertThat(value.get("count").asInt()).isEqualTo(group.size()).isEqualTo(sizes.get(i));
            checkFields(value.get("fields"), group);
        }
        expected.values().forEach(others::addAll);
        assertThat(breakdown.get("others").get("count").asInt()).isEqualTo(others.size());
        assertThat(breakdown.get("others").get("values").asInt()).isEqualTo(expected.size());
        checkFields(breakdown.get("others").get("fields"), others);
    }

    private static void checkFields(final JsonNode fields, final List<Order> orders) {
        assertThat(fields.findValuesAsText("name")).contains("id", "price").doesNotContain("symbol", "side", "open");
        for (final JsonNode field : fields) {
            if (!field.get("name").asText().equals("key") && !orders.isEmpty()) {
                final boolean isId = field.get("name").asText().equals("id");
                final double[] sorted =
                    orders.stream().mapToDouble(order -> isId ? order.id : order.price).sorted().toArray();
                assertThat(field.get("min").asDouble()).isEqualTo(sorted[0]);
                assertThat(field.get("max").asDouble()).isEqualTo(sorted[sorted.length - 1]);
                checkQuantile(field.get("p50").asDouble(), sorted, 0.5);
                checkQuantile(field.get("p99").asDouble(), sorted, 0.99);
            }
        }
    }

    private static void checkQuantile(final double found, final double[] sorted, final double quantile) {
        final double exact = sorted[(int) Math.ceil(quantile * sorted.length) - 1];
        assertThat(found).isCloseTo(exact, within(Math.abs(exact) * ERROR));
    }

    @Test
    void shouldCountExactlyAndSayHowMuchIsForgottenWhenValuesAreTooMany() throws Exception {
        final QuestionTrace trace = new QuestionTrace(directory.resolve("trace"), ORDER);
        final int count = 2 * MOST_VALUES;
        for (int i = 0; i < count; i++) {
            trace.event(0, i, ORDER, (long) (i % 4 == 0 ? 7 : i), "", 1.0, 0, true, 0L);
        }
        final Answers answers = Answers.of(trace.read(), Questions.NONE.by("id").top(1));
        final JsonNode by = QuestionTrace.json(answers).get("by").get(0);
        assertThat(by.get("values").get(0).get("value").asLong()).isEqualTo(7);
        assertThat(by.get("values").get(0).get("count").asLong()).isEqualTo(count / 4 + 1);
        assertThat(by.get("others").get("count").asLong()).isEqualTo(count - count / 4 - 1);
        assertThat(by.get("others").get("values").isNull()).isTrue();
        assertThat(by.get("others").get("most_frequent").asLong()).isPositive();
        assertThat(answers.toText())
            .contains("others: very many values", "one that should stand here occurred at most ");
    }

    @Test
    void shouldHaveFiguresOfOneFieldAloneWhenOneIsNamed() throws Exception {
        final TraceEvents events = write(orders(QuestionTrace.random("BreakdownTest"), 500));
        final Questions bySide = Questions.NONE.by("side");
        final JsonNode all = QuestionTrace.json(Answers.of(events, bySide.orderedBy("price"))).get("by").get(0);
        final JsonNode one =
            QuestionTrace.json(Answers.of(events, bySide.measuring("shop:order.price"))).get("by").get(0);
        assertThat(one.findValuesAsText("name")).containsOnly("price");
        all.get("values").forEach(value -> assertThat(one.get("values")).anySatisfy(other -> {
            assertThat(other.get("value")).isEqualTo(value.get("value"));
            assertThat(other.get("fields").get(0)).isEqualTo(value.get("fields").get(1));
        }));
        // What gives the order is there as well, and what a histogram is wanted of.
        assertThat(QuestionTrace.json(Answers.of(events, bySide.measuring("price").orderedBy("id")
            .histogramsOf("symbol"))).get("by").get(0).get("values").get(0).get("fields").findValuesAsText("name"))
            .containsExactly("id", "symbol", "price");
        assertThatThrownBy(() -> Answers.of(events, bySide.measuring("color")))
            .hasMessageStartingWith("no event that is selected has a field 'color'; there are ");
        assertThatThrownBy(() -> Answers.of(events, bySide.measuring("symbol"))).isInstanceOf(SelectionException.class)
            .hasMessage("'symbol' has no figures: it is no number beside a field 'side'");
        assertThatThrownBy(() -> Answers.of(events, bySide.pairs("shop:order,shop:order").measuring("id")))
            .isInstanceOf(SelectionException.class)
            .hasMessage("of pairs there are figures of their latency alone, not of 'id'");
    }

    @Test
    void shouldNameTheFieldsThatThereAreWhenNoEventHasTheField() {
        final TraceEvents events = write(orders(new Random(1), 10));
        assertThatThrownBy(() -> Answers.of(events, Questions.NONE.by("color"))).isInstanceOf(SelectionException.class)
            .hasMessage("no event that is selected has a field 'color'; there are shop:order.id, shop:order.key,"
                + " shop:order.open, shop:order.price, shop:order.side, shop:order.symbol, shop:tick.symbol");
        assertThatThrownBy(() -> Answers.of(events.named("shop:tick"), Questions.NONE.histogramsOf("price")))
            .hasMessageContaining("no event that is selected has a field 'price'; there are shop:tick.symbol");
        assertThatThrownBy(() -> Answers.of(events, Questions.NONE.by("shop:tick.symbol").histogramsOf("price")))
            .hasMessageContaining("no event has both a field 'price' and a field 'shop:tick.symbol'");
        assertThatThrownBy(() -> Questions.NONE.top(0)).isInstanceOf(SelectionException.class);
    }

    @Test
    void shouldAskTheEventsThatANameMeansWhenItHasAPattern() throws Exception {
        final QuestionTrace trace = new QuestionTrace(directory.resolve("trace"), ORDER, OTHER);
        trace.event(0, 1, ORDER, 1L, "A", 1.0, 0, true, 0L).event(0, 2, OTHER, "B").event(0, 3, OTHER, "C\u001b");
        final TraceEvents events = trace.read();
        assertThat(Answers.of(events, Questions.NONE.by("symbol")).breakdowns()).extracting(Breakdown::subject)
            .containsExactly("shop:order", "shop:tick");
        for (final String name : List.of("shop:tick.symbol", "shop:t*.symbol", "s*:tick.symbol")) {
            assertThat(Answers.of(events, Questions.NONE.by(name)).breakdowns()).extracting(Breakdown::subject)
                .as(name).containsExactly("shop:tick");
        }
        final String text = Answers.of(events, Questions.NONE.by("shop.symbol")).toText();
        assertThat(text).contains("shop:tick by shop.symbol\n", "\"C\\u001B\"", "50.0%").doesNotContain("\u001b");
        assertThat(Answers.of(events.named("shop:order").where("id > 5"), Questions.NONE.by("symbol")).toText())
            .isEqualTo("\nno event with such a field was selected\n");
    }

    @Test
    void shouldOrderByCountWhenValuesAreShown() {
        final QuestionTrace trace = new QuestionTrace(directory.resolve("trace"), OTHER);
        IntStream.range(0, 100).forEach(i -> trace.event(0, i, OTHER, i < 50 ? "A" : i < 90 ? "B" : "C" + i));
        final Breakdown breakdown = Answers.of(trace.read(), Questions.NONE.by("symbol").top(2)).breakdowns().get(0);
        assertThat(breakdown.groups()).extracting(ValueGroup::events).containsExactly(50L, 40L);
        assertThat(breakdown.others().events()).isEqualTo(10);
        assertThat(breakdown.otherValues()).isEqualTo(10);
    }

    @Test
    void shouldTakeTheGreatestSumsWhenAnOrderIsAsked() throws Exception {
        final Random random = QuestionTrace.random("BreakdownTest");
        final List<Order> orders = orders(random, 2_000);
        final TraceEvents events = write(orders).where("price > 0");
        final Answers answers = Answers.of(events, Questions.NONE.by("symbol").orderedBy("price").top(3));
        final JsonNode by = QuestionTrace.json(answers).get("by").get(0);
        final Map<String, Double> sums = new HashMap<>();
        orders.stream().filter(order -> order.price > 0)
            .forEach(order -> sums.merge(order.symbol, order.price, Double::sum));
        assertThat(by.get("order").asText()).isEqualTo("price");
        assertThat(by.get("values").findValuesAsText("value")).containsExactlyElementsOf(sums.entrySet().stream()
            .sorted(Map.Entry.<String, Double>comparingByValue().reversed()).limit(3).map(Map.Entry::getKey).toList());
        assertThat(answers.toText()).contains("shop:order by symbol, in the order of the sum of price\n");
        // The sum of unsigned numbers is theirs.
        assertThat(QuestionTrace.json(Answers.of(events, Questions.NONE.by("open").orderedBy("key").top(1))).get("by")
            .get(0).get("values").get(0).get("fields").findValuesAsText("name")).contains("key");
        assertThatThrownBy(() -> Answers.of(events, Questions.NONE.by("symbol").orderedBy("side")))
            .isInstanceOf(SelectionException.class).hasMessageContaining("'side' gives no order");
        assertThatThrownBy(() -> Answers.of(events, Questions.NONE.by("symbol").orderedBy("colour")))
            .hasMessageContaining("no event that is selected has a field 'colour'");
    }
}
