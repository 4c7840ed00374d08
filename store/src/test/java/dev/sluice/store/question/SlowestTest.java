// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What took longest, and what happened around it, beside the times at which the events were written. */
@OneJdk
class SlowestTest {
    private static final EventSchema BEGIN = new EventSchema(1, "db", "query_begin", List.of(
        new FieldSchema("id", FieldType.INT64)));
    private static final EventSchema END = new EventSchema(2, "db", "query_end", List.of());
    private static final EventSchema TICK = new EventSchema(3, "db", "tick", List.of(
        new FieldSchema("number", FieldType.INT64)));
    private static final EventSchema DONE = new EventSchema(4, "io", "done", List.of(
        new FieldSchema("took_us", FieldType.UINT64), new FieldSchema("ratio", FieldType.FLOAT64),
        new FieldSchema("name", FieldType.STRING)));

    private static final long MARK = 0x1122334455667788L;

    @TempDir
    private Path directory;

    private QuestionTrace trace() {
        return new QuestionTrace(directory.resolve("trace"), BEGIN, END, TICK, DONE);
    }

    @Test
    void shouldGoByTheUnitWhenOneIsDeclared() throws Exception {
        final EventSchema read = new EventSchema(1, "io", "read", List.of(
            new FieldSchema("took_s", FieldType.INT64, List.of(), "ms", "until the last byte"),
            new FieldSchema("size", FieldType.UINT32, List.of(), "B", ""),
            new FieldSchema("odd", FieldType.INT64, List.of(), "\u001b[2J", "")), "a file was read");
        final QuestionTrace trace = new QuestionTrace(directory.resolve("trace"), read);
        for (int i = 1; i <= 100; i++) {
            trace.event(0, i * 1_000_000_000L, read, (long) i, 1024L * i, 7L);
        }
        final Answers answers = Answers.of(trace.read(), Questions.NONE.slowest(1, "took_s",
            SlowestQuestion.NOTHING_AROUND).histogramsOf("size"));
        final JsonNode json = QuestionTrace.json(answers);
        // The declared unit counts, and not the one that the name seems to have.
        assertThat(json.get("slowest").get(0).get("duration_ns").asLong()).isEqualTo(100_000_000);
        assertThat(answers.toText()).contains("\n1. 100 ms  io:read.took_s\n", "io:read.size, B: 100 values\n");
        final JsonNode event = json.get("events").get(0);
        assertThat(event.get("description").asText()).isEqualTo("a file was read");
        assertThat(event.get("fields").findValuesAsText("unit")).containsExactly("ms", "B", "\u001b[2J");
        assertThat(event.get("fields").findValuesAsText("description")).containsExactly("until the last byte");
        assertThat(answers.report().toText()).containsPattern("io:read.took_s +1 ms +50 ms +90 ms +99 ms")
            .containsPattern("io:read.size +1 KiB +50")
            .contains("7 \\u001B[2J").doesNotContain("\u001b");
    }

    @Test
    void shouldFindTheLongestWhenThereAreManyPairs() throws Exception {
        final Random random = QuestionTrace.random("SlowestTest");
        final QuestionTrace trace = trace();
        final List<long[]> queries = new ArrayList<>();
        long ns = 0;
        for (int i = 0; i < 1_000; i++) {
            final long took = random.nextInt(1 << random.nextInt(24));
            trace.event(i % 3, ns, BEGIN, (long) i).event(i % 3, ns + took, END);
            queries.add(new long[] {took, i, i % 3});
            ns += took + 1 + random.nextInt(10);
        }
        queries.sort(Comparator.comparingLong((long[] query) -> query[0]).reversed());
        final JsonNode json = QuestionTrace.json(Answers.of(trace.read(),
            Questions.NONE.slowest(10, null, SlowestQuestion.NOTHING_AROUND)));
        final JsonNode slowest = json.get("slowest");
        assertThat(slowest).hasSize(10);
        for (int i = 0; i < slowest.size(); i++) {
            final JsonNode slow = slowest.get(i);
            assertThat(slow.get("latency_ns").asLong()).isEqualTo(queries.get(i)[0]);
            final JsonNode events = slow.get("events");
            assertThat(events.findValuesAsText("role")).containsExactly("begin", "end");
            assertThat(events.get(0).get("event").get("fields").get("id").asLong()).isEqualTo(queries.get(i)[1]);
            assertThat(events.get(0).get("event").get("thread").asText()).isEqualTo("worker-" + queries.get(i)[2])
                .isEqualTo(slow.get("thread").asText());
        }
    }

    private TraceEvents surrounded() {
        final QuestionTrace trace = trace();
        // A tick a microsecond on each of two threads, and a query from 500 us to 600 us.
        for (int i = 0; i < 1_000; i++) {
            trace.event(0, i * 1_000L, TICK, (long) i).event(1, i * 1_000L + 1, TICK, -1L - i);
            if (i == 500) {
                trace.event(0, 500_100, BEGIN, 77L);
            } else if (i == 600) {
                trace.event(0, 600_100, END);
            }
        }
        return trace.read();
    }

    private static List<Integer> ticks(final JsonNode slow, final String role) {
        final List<Integer> ticks = new ArrayList<>();
        for (final JsonNode event : slow.get("events")) {
            if (event.get("role").asText().equals(role)) {
                ticks.add(event.get("event").get("fields").get("number").asInt());
            }
        }
        return ticks;
    }

    @Test
    void shouldShowWhatIsNearestWhenVeryMuchHappenedAround() throws Exception {
        final TraceEvents events = surrounded();
        final Answers answers = Answers.of(events.ofThreads("worker-0").where("id == 77 || number > 0 || number == 0"),
            Questions.NONE.pairs("db:query_begin,db:query_end").slowest(1, null, 20_000));
        assertThat(answers.slowest()).isEmpty();
        final Answers all = Answers.of(events, Questions.NONE.slowest(1, null, 20_000));
        final JsonNode slow = QuestionTrace.json(all).get("slowest").get(0);
        assertThat(slow.get("latency_ns").asLong()).isEqualTo(100_000);
        // From 480.1 us to 620.1 us: 20 before, 100 inside, 20 after, of which 10, 20 and 5 are shown. The begin and
        // the end are two of those inside.
        assertThat(ticks(slow, "same_thread")).startsWith(491, 492).contains(500, 501, 509, 592, 600, 601, 605)
            .doesNotContain(490, 510, 590, 606).hasSize(10 + 18 + 5);
        assertThat(ticks(slow, "other")).startsWith(-492, -493).contains(-501, -502, -606).hasSize(10 + 20 + 5);
        assertThat(slow.get("left_out").get("same_thread").asInt()).isEqualTo(10 + 82 + 15);
        assertThat(slow.get("left_out").get("other").asInt()).isEqualTo(10 + 80 + 15);
        assertThat(all.toText()).contains("\n1. 100 us  db:query_begin -> db:query_end\n", "\n  > 2026-",
            "\n  | 2026-", "\n    2026-", "    ... ", " of its thread and ", " of others\n");
    }

    @Test
    void shouldShowOtherEventsWhateverIsAskedOfFieldsAndThreads() throws Exception {
        final TraceEvents events = surrounded();
        final Answers answers = Answers.of(events.ofThreads("worker-0").from("+1us"),
            Questions.NONE.slowest(1, null, 5_000));
        assertThat(ticks(QuestionTrace.json(answers).get("slowest").get(0), "other")).isNotEmpty();
        // Names are asked for everything.
        assertThat(ticks(QuestionTrace.json(Answers.of(events.named("db:query*"),
            Questions.NONE.slowest(1, null, 5_000))).get("slowest").get(0), "other")).isEmpty();
    }

    /** Times of the surroundings are counted from the first event of the trace, which need not be one that is read. */
    @Test
    void shouldFindTheSurroundingsWhenTheFirstPacketIsDamaged() throws Exception {
        final QuestionTrace trace = trace();
        trace.event(0, 0, TICK, MARK);
        trace.packets(0).append(trace.writer(), 0);
        trace.event(0, 50_000, BEGIN, 1L).event(0, 60_000, TICK, 2L).event(0, 70_000, END);
        trace.close();
        final Path file;
        try (Stream<Path> files = Files.walk(directory)) {
            file = files.filter(path -> path.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
        damage(file);
        final TraceEvents events = TraceReader.open(directory.resolve("trace")).events();
        final JsonNode slow = QuestionTrace.json(Answers.of(events, Questions.NONE.slowest(1, null, 1_000)))
            .get("slowest").get(0);
        assertThat(slow.get("events").findValuesAsText("role")).containsExactly("begin", "same_thread", "end");
    }

    /** Changes the one event whose number is the mark. */
    private static void damage(final Path file) throws IOException {
        final byte[] mark = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(MARK).array();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(1 << 20, channel.size()));
            channel.read(bytes, 0);
            int at = 0;
            while (!Arrays.equals(bytes.array(), at, at + Long.BYTES, mark, 0, Long.BYTES)) {
                at++;
            }
            channel.write(ByteBuffer.wrap(new byte[] {(byte) ~mark[0]}), at);
        }
    }

    @Test
    void shouldTakeAFieldAsTheDurationWhenItIsNamed() throws Exception {
        final QuestionTrace trace = trace();
        trace.event(0, 1_000_000, DONE, 5L, 1.5, "a").event(0, 2_000_000, TICK, 1L)
            .event(0, 9_000_000, DONE, 8_000L, Double.NaN, "b").event(1, 10_000_000, DONE, -1L, -0.5, "c");
        final TraceEvents events = trace.read();
        final JsonNode slowest = QuestionTrace.json(Answers.of(events,
            Questions.NONE.slowest(2, "took_us", 1_000))).get("slowest");
        assertThat(slowest.get(0).get("value").bigIntegerValue()).isEqualTo("18446744073709551615");
        assertThat(slowest.get(1).get("value").asLong()).isEqualTo(8_000);
        assertThat(slowest.get(1).get("duration_ns").asLong()).isEqualTo(8_000_000);
        assertThat(slowest.get(1).get("events").findValuesAsText("role")).containsExactly("same_thread", "same_thread",
            "end");
        assertThat(QuestionTrace.json(Answers.of(events, Questions.NONE.slowest(5, "io:done.ratio",
            SlowestQuestion.NOTHING_AROUND))).get("slowest").findValuesAsText("value")).containsExactly("1.5", "-0.5");
        assertThatThrownBy(() -> Answers.of(events, Questions.NONE.slowest(1, "name", 0)))
            .isInstanceOf(SelectionException.class).hasMessageContaining("field 'name' is no number");
        assertThatThrownBy(() -> Answers.of(events, Questions.NONE.slowest(1, "colour", 0)))
            .hasMessageContaining("no event that is selected has a field 'colour'");
        assertThatThrownBy(() -> Answers.of(events.named("io:*"), Questions.NONE.slowest(1, null, 0)))
            .hasMessageContaining("no events are pairs by their names");
        assertThatThrownBy(() -> Questions.NONE.slowest(0, null, 0)).isInstanceOf(SelectionException.class);
    }

    @Test
    void shouldCountTheEventsOfEachThreadWhenNothingElseIsAsked() throws Exception {
        final QuestionTrace trace = trace();
        for (int thread = 0; thread < 25; thread++) {
            for (int i = 0; i <= thread; i++) {
                trace.event(thread, 1_000_000L * i + thread, TICK, 1L);
            }
        }
        final Answers answers = Answers.of(trace.read(), Questions.NONE);
        final JsonNode threads = QuestionTrace.json(answers).get("threads");
        assertThat(threads).hasSize(25);
        for (int i = 0; i < 25; i++) {
            final int thread = 24 - i;
            assertThat(threads.get(i).get("thread").asText()).isEqualTo("worker-" + thread);
            assertThat(threads.get(i).get("tid").asInt()).isEqualTo(1000 + thread);
            assertThat(threads.get(i).get("count").asInt()).isEqualTo(thread + 1);
            assertThat(threads.get(i).get("last_monotonic_ns").asLong()).isEqualTo(1_000_000L * thread + thread);
        }
        assertThat(answers.toText()).contains("thread       id  events  a second  from s   to s\n",
            "worker-24  1024      25     1,042   0.000  0.024\n", "and 5 threads with 15 events: see --json\n");
    }
}
