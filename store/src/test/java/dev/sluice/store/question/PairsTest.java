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
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.pair.PairFigures;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Latencies of pairs, beside those of a program that does one thing after the other and knows when it did. */
@OneJdk
class PairsTest {
    private static final EventSchema BEGIN = new EventSchema(1, "db", "query_begin", List.of(
        new FieldSchema("id", FieldType.INT64), new FieldSchema("kind", FieldType.ENUM8, List.of("READ", "WRITE"))));
    private static final EventSchema END = new EventSchema(2, "db", "query_end", List.of(
        new FieldSchema("query", FieldType.INT64), new FieldSchema("rows", FieldType.INT32)));
    private static final EventSchema OTHER = new EventSchema(3, "db", "tick", List.of(
        new FieldSchema("id", FieldType.INT64)));
    private static final double ERROR = 0.0101;

    @TempDir
    private Path directory;

    private final List<Long> latencies = new ArrayList<>();
    private final Map<Integer, List<Long>> byKind = new HashMap<>();
    private int unended;
    private int unbegun;

    private QuestionTrace trace() {
        return new QuestionTrace(directory.resolve("trace"), BEGIN, END, OTHER);
    }

    private void took(final int kind, final long ns) {
        latencies.add(ns);
        byKind.computeIfAbsent(kind, key -> new ArrayList<>()).add(ns);
    }

    /** Does a query, with others in it, and tells what it knows of it. */
    private long nested(final QuestionTrace trace, final Random random, final int thread, final long from,
        final int depth) {
        long ns = from;
        if (random.nextInt(20) == 0 && depth == 0) {
            trace.event(thread, ns++, END, 7L, 0);
            unbegun++;
        }
        final int kind = random.nextInt(2);
        final long begin = ns;
        trace.event(thread, ns, BEGIN, 1L, kind);
        ns += 1 + random.nextInt(1 << random.nextInt(20));
        for (int i = random.nextInt(3); i > 0 && depth < 4; i--) {
            ns = nested(trace, random, thread, ns, depth + 1);
        }
        trace.event(thread, ns, END, 2L, 0);
        took(kind, ns - begin);
        return ns + 1 + random.nextInt(100);
    }

    private static void checkLatency(final JsonNode figures, final List<Long> exact) {
        final List<Long> sorted = new ArrayList<>(exact);
        Collections.sort(sorted);
        assertThat(figures.get("min").asLong()).isEqualTo(sorted.get(0));
        assertThat(figures.get("max").asLong()).isEqualTo(sorted.get(sorted.size() - 1));
        assertThat(figures.get("sum").asLong()).isEqualTo(sorted.stream().mapToLong(Long::longValue).sum());
        for (final Map.Entry<String, Double> quantile : Map.of("p50", 0.5, "p90", 0.9, "p99", 0.99).entrySet()) {
            final double value = sorted.get((int) Math.ceil(quantile.getValue() * sorted.size()) - 1);
            assertThat(figures.get(quantile.getKey()).asDouble()).isCloseTo(value, within(value * ERROR));
        }
    }

    private void check(final JsonNode pairs) {
        assertThat(pairs.get("count").asInt()).isEqualTo(latencies.size());
        assertThat(pairs.get("begins").asInt()).isEqualTo(latencies.size() + unended);
        assertThat(pairs.get("ends").asInt()).isEqualTo(latencies.size() + unbegun);
        assertThat(pairs.get("ends_without_begin").asInt()).isEqualTo(unbegun);
        int without = 0;
        for (final JsonNode reason : pairs.get("begins_without_end")) {
            without += reason.asInt();
        }
        assertThat(without).isEqualTo(unended);
        checkLatency(pairs.get("latency_ns"), latencies);
    }

    @Test
    void shouldTakeTheInnermostBeginWhenPairsOfThreadsAreNested() throws Exception {
        final Random random = QuestionTrace.random("PairsTest");
        final QuestionTrace trace = trace();
        for (int thread = 0; thread < 3; thread++) {
            long ns = random.nextInt(1000);
            for (int i = 0; i < 100; i++) {
                ns = nested(trace, random, thread, ns, 0);
            }
            trace.event(thread, ns + 1, BEGIN, 3L, 0);
            unended++;
        }
        final TraceEvents events = trace.read();
        // By their names, and named: the same.
        check(QuestionTrace.json(Answers.of(events, Questions.NONE)).get("pairs").get(0));
        final Answers named = Answers.of(events, Questions.NONE.pairs("db:query_begin,db:*_end").by("kind")
            .histogramsOf("latency"));
        final JsonNode json = QuestionTrace.json(named);
        final JsonNode longest = QuestionTrace.json(Answers.of(events, Questions.NONE.pairs("db:query_begin,db:*_end")
            .by("kind").orderedBy("latency").top(1))).get("by").get(0).get("values").get(0);
        assertThat(longest.get("fields").get(0).get("sum").asLong()).isEqualTo(byKind.values().stream()
            .mapToLong(list -> list.stream().mapToLong(Long::longValue).sum()).max().orElseThrow());
        check(json.get("pairs").get(0));
        assertThat(json.get("pairs").get(0).get("begins_without_end").get("open").asInt()).isEqualTo(unended);
        for (final JsonNode value : json.get("by").get(0).get("values")) {
            checkLatency(value.get("fields").get(0), byKind.get(value.get("value").asText().equals("READ") ? 0 : 1));
        }
        long total = 0;
        for (final JsonNode histogram : json.get("histograms")) {
            for (final JsonNode bucket : histogram.get("buckets")) {
                total += bucket.get("count").asLong();
            }
        }
        assertThat(total).isEqualTo(latencies.size());
        assertThat(named.toText()).contains("db:query_begin -> db:*_end", "3 begins without an end (3 still open",
            "db:query_begin -> db:*_end.latency, ns, kind READ: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"id=query", "id=query,thread"})
    void shouldFindTheOtherEventOfTheSameKeysWhenPairsOverlap(final String keys) throws Exception {
        final Random random = QuestionTrace.random("PairsTest");
        final boolean isOfThread = keys.endsWith("thread");
        final QuestionTrace trace = trace();
        final Map<Long, long[]> open = new HashMap<>();
        long ns = 0;
        for (int i = 0; i < 3_000; i++) {
            ns += 1 + random.nextInt(5_000);
            final long id = random.nextInt(60);
            final int thread = random.nextInt(4);
            final long key = isOfThread ? id * 4 + thread : id;
            if (random.nextBoolean()) {
                final int kind = random.nextInt(2);
                trace.event(thread, ns, BEGIN, id, kind);
                unended += open.put(key, new long[] {ns, kind}) == null ? 0 : 1;
            } else {
                trace.event(thread, ns, END, id, 0);
                final long[] begin = open.remove(key);
                if (begin == null) {
                    unbegun++;
                } else {
                    took((int) begin[1], ns - begin[0]);
                }
            }
        }
        unended += open.size();
        final JsonNode json = QuestionTrace.json(Answers.of(trace.read(),
            Questions.NONE.pairs("db:query_begin,db:query_end," + keys).by("kind").histogramsOf("latency").linear()));
        final JsonNode pairs = json.get("pairs").get(0);
        check(pairs);
        assertThat(pairs.get("begins_without_end").get("open").asInt()).isEqualTo(open.size());
        assertThat(pairs.get("keys")).hasSize(keys.split(",").length);
        for (final JsonNode value : json.get("by").get(0).get("values")) {
            checkLatency(value.get("fields").get(0), byKind.get(value.get("value").asText().equals("READ") ? 0 : 1));
        }
        for (final JsonNode histogram : json.get("histograms")) {
            final List<Long> values = byKind.get(histogram.get("value").asText().equals("READ") ? 0 : 1);
            for (final JsonNode bucket : histogram.get("buckets")) {
                assertThat(bucket.get("count").asLong()).isEqualTo(values.stream().filter(value ->
                    value >= bucket.get("from").asLong() && value < bucket.get("to").asLong()).count());
            }
        }
    }

    @Test
    void shouldEndNothingThatWasBegunBeforeWhenEventsOfTheThreadAreMissing() throws Exception {
        final QuestionTrace trace = trace();
        trace.event(0, 100, BEGIN, 1L, 0).event(0, 200, BEGIN, 2L, 0).event(1, 150, BEGIN, 3L, 0);
        trace.packets(0).append(trace.writer(), 0).skip(1, 5, 120);
        trace.event(0, 300, END, 2L, 0).event(0, 400, BEGIN, 4L, 0).event(0, 450, END, 4L, 0);
        trace.event(1, 500, END, 3L, 0);
        final Answers answers = Answers.of(trace.read(), Questions.NONE);
        final PairFigures pairs = answers.pairs().get(0);
        assertThat(pairs.cut()).isEqualTo(2);
        assertThat(pairs.endsWithoutBegin()).isEqualTo(1);
        assertThat(pairs.latency().sum().longValue()).isEqualTo(50 + 350);
        assertThat(answers.toText()).contains("2 begins without an end (2 before missing events of the thread), 1 end"
            + " without a begin");
    }

    @Test
    void shouldMeasureFromOneToTheNextWhenBeginAndEndAreTheSameEvent() {
        final QuestionTrace trace = trace();
        for (int i = 0; i <= 10; i++) {
            trace.event(i % 2, i * 1000L, OTHER, 5L);
        }
        final PairFigures pairs = Answers.of(trace.read(), Questions.NONE.pairs("db:tick,db:tick,id")).pairs().get(0);
        assertThat(pairs.matched()).isEqualTo(10);
        assertThat(pairs.latency().max()).isEqualTo(1000L);
        assertThat(pairs.open()).isEqualTo(1);
    }

    @Test
    void shouldRefuseWithTheNamesThatThereAreWhenPairsAreNotThere() {
        final QuestionTrace trace = trace();
        final TraceEvents events = trace.event(0, 1, OTHER, 1L).read();
        for (final String text : List.of("", "a", "a,", ",b", "a,b,", "a,b,=x", "a,b,x=")) {
            assertThatThrownBy(() -> Questions.NONE.pairs(text)).as(text).isInstanceOf(SelectionException.class)
                .hasMessageContaining("write BEGIN,END for events of one thread");
        }
        assertThatThrownBy(() -> Answers.of(events, Questions.NONE.pairs("db:x,db:query_end")))
            .hasMessage("no event that is selected fits 'db:x', which pairs are asked of; there are db:query_begin,"
                + " db:query_end, db:tick");
        assertThatThrownBy(() -> Answers.of(events, Questions.NONE.pairs("db:query_begin,db:query_end,id")))
            .hasMessageContaining("no event that is selected has a field 'id'; there are db:query_end.query");
        assertThatThrownBy(() -> Answers.of(events, Questions.NONE.pairs("db:query_begin,db:query_end").by("x")))
            .hasMessageContaining("has a field 'x'; there are db:query_begin.id");
        assertThatThrownBy(() -> Answers.of(events, Questions.NONE.pairs("db:tick,db:tick").by("id").orderedBy("id")))
            .hasMessageContaining("in the order of their latency alone");
        assertThatThrownBy(() -> Answers.of(events, Questions.NONE.pairs("db:tick,db:tick").histogramsOf("id")))
            .hasMessageContaining("of their latency alone");
        // Nothing happened: no pairs by name, and nothing wrong with those that are asked for.
        assertThat(Answers.of(events, Questions.NONE).pairs()).isEmpty();
        assertThat(Answers.of(events, Questions.NONE.pairs("db:query_begin,db:query_end")).toText())
            .contains("db:query_begin -> db:query_end      0    -");
        assertThat(new EventKinds(events).all()).hasSize(3);
    }
}
