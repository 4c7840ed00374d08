// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.pair.PairName;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.question.QuestionTrace;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@OneJdk
class TraceDiffTest {
    /** Fixed, so that what is claimed by chance is claimed always or never; -Dsluice.seed=N tries another one. */
    private static final long SEED = Long.getLong("sluice.seed", 20_261_129);
    private static final EventSchema ORDER = new EventSchema(1, "shop", "order", List.of(
        new FieldSchema("took", FieldType.INT64), new FieldSchema("price", FieldType.FLOAT64),
        new FieldSchema("symbol", FieldType.STRING)));
    private static final EventSchema ORDER_CHANGED = new EventSchema(1, "shop", "order", List.of(
        new FieldSchema("took", FieldType.FLOAT64), new FieldSchema("price", FieldType.FLOAT64),
        new FieldSchema("coupon", FieldType.UINT8)));
    private static final EventSchema BEGIN = new EventSchema(2, "db", "query_begin", List.of());
    private static final EventSchema END = new EventSchema(3, "db", "query_end", List.of());
    private static final EventSchema REFUND = new EventSchema(4, "shop", "refund", List.of());

    @TempDir
    private Path directory;

    private final Random random = new Random(SEED);
    private final List<QuestionTrace> traces = new ArrayList<>();

    @AfterEach
    void close() {
        traces.forEach(QuestionTrace::close);
    }

    private QuestionTrace trace(final EventSchema... schemas) {
        final QuestionTrace trace = new QuestionTrace(directory.resolve("t" + traces.size()), schemas);
        traces.add(trace);
        return trace;
    }

    private static NumbersDiff field(final TraceDiff diff, final String name) {
        return diff.events().stream().flatMap(event -> event.fields().stream())
            .filter(field -> field.name().equals(name)).findFirst().orElseThrow();
    }

    /** Events as they arrive by chance, with numbers of one distribution, one field so many times greater. */
    private TraceEvents orders(final int count, final double factor) {
        final QuestionTrace trace = trace(ORDER);
        long ns = 1;
        for (int i = 0; i < count; i++) {
            ns += 1 + (long) (-Math.log(1 - random.nextDouble()) * 1_000_000);
            trace.event(0, ns, ORDER, (long) (factor * 1_000_000 * Math.exp(random.nextGaussian() / 4)),
                100 + random.nextGaussian(), "A");
        }
        return trace.read();
    }

    @Test
    void shouldFindTheFieldWhenItIsATenthGreaterAndNothingElse() {
        System.out.println("TraceDiffTest seed " + SEED);
        final TraceDiff diff = TraceDiff.of(orders(20_000, 1), orders(20_000, 1.1), DiffOptions.DEFAULT);
        final NumbersDiff took = field(diff, "took");
        for (final Compared percentile : took.percentiles().subList(0, 3)) {
            assertThat(percentile.isChanged()).as(diff.toText()).isTrue();
            assertThat(percentile.ratio().low()).as(diff.toText()).isPositive().isLessThan(0.1);
            assertThat(percentile.ratio().high()).as(diff.toText()).isGreaterThan(0.1).isLessThan(0.3);
        }
        assertThat(took.percentiles().get(0).relativeChange()).isBetween(0.08, 0.12);
        assertThat(field(diff, "price").percentiles()).as(diff.toText()).noneMatch(Compared::isChanged);
        assertThat(diff.events().get(0).rate().isChanged()).as(diff.toText()).isFalse();
        assertThat(diff.toText()).contains("  took p50 ", "%  *\n", "9 intervals together hold with 95 %");
    }

    @Test
    void shouldClaimNothingWhenBothAreOfTheSameDistribution() {
        int claims = 0;
        for (int i = 0; i < 10; i++) {
            final TraceDiff diff = TraceDiff.of(orders(5_000, 1), orders(5_000, 1), DiffOptions.DEFAULT);
            claims += changes(diff);
        }
        System.out.println("TraceDiffTest seed " + SEED + ": " + claims + " claims in ten");
        assertThat(claims).isLessThanOrEqualTo(1);
    }

    private static int changes(final TraceDiff diff) {
        int changes = 0;
        for (final EventDiff event : diff.events()) {
            changes += event.rate().isChanged() ? 1 : 0;
            changes += (int) event.fields().stream().flatMap(field -> field.percentiles().stream())
                .filter(Compared::isChanged).count();
        }
        return changes + (int) diff.pairs().stream().flatMap(pair -> pair.percentiles().stream())
            .filter(Compared::isChanged).count();
    }

    /** Bursts of slow events, of which each trace has another number by chance: 60 bursts, and not 30,000 events. */
    @Test
    void shouldClaimNothingWhenEventsComeInBurstsThatAreAlike() {
        int claims = 0;
        for (int i = 0; i < 10; i++) {
            claims += changes(TraceDiff.of(bursts(), bursts(), DiffOptions.DEFAULT)) > 0 ? 1 : 0;
        }
        System.out.println("TraceDiffTest seed " + SEED + ": " + claims + " claims in ten of bursts");
        assertThat(claims).isLessThanOrEqualTo(1);
    }

    private TraceEvents bursts() {
        final QuestionTrace trace = trace(ORDER);
        long ns = 1;
        for (int burst = 0; burst < 60; burst++) {
            final double slow = Math.exp(random.nextGaussian());
            for (int i = 0; i < 500; i++) {
                ns += 1_000 + random.nextInt(1_000);
                trace.event(0, ns, ORDER, (long) (slow * (1_000_000 + random.nextInt(10_000))), slow, "A");
            }
        }
        return trace.read();
    }

    @Test
    void shouldComparePairsAndRatesWhenTheyChange() {
        final TraceDiff diff = TraceDiff.of(queries(3_000, 1_000_000, 100_000), queries(3_000, 2_000_000, 200_000),
            DiffOptions.DEFAULT);
        final NumbersDiff pair = diff.pairs().get(0);
        assertThat(pair.name()).isEqualTo("db:query_begin -> db:query_end");
        assertThat(pair.percentiles().get(0).isChanged()).as(diff.toText()).isTrue();
        assertThat(pair.percentiles().get(0).relativeChange()).isBetween(0.9, 1.1);
        final Compared rate = diff.events().get(0).rate();
        assertThat(rate.isChanged()).as(diff.toText()).isTrue();
        assertThat(rate.relativeChange()).isBetween(-0.55, -0.45);
        final TraceDiff asked = TraceDiff.of(traces.get(0).read(), traces.get(1).read(),
            new DiffOptions(List.of(PairName.parse("db:query_end,db:query_begin")), 1_000, 7));
        assertThat(asked.pairs().get(0).name()).isEqualTo("db:query_end -> db:query_begin");
        assertThat(asked.toText()).contains("1,000 resamples, seed 7");
    }

    @Test
    void shouldWriteARateWithoutAnExponentWhenEventsAreRare() {
        final long everyNs = TimeUnit.SECONDS.toNanos(20_000);
        final TraceEvents rare = trace(BEGIN).event(0, 1, BEGIN).event(0, 1 + 2 * everyNs, BEGIN).read();
        final TraceEvents more = trace(BEGIN).event(0, 1, BEGIN).event(0, 1 + everyNs, BEGIN)
            .event(0, 1 + 2 * everyNs, BEGIN).read();
        assertThat(TraceDiff.of(rare, more, DiffOptions.DEFAULT).toText())
            .containsPattern("  a second +0\\.0000500000 +0\\.0000750000 ").doesNotContain("e-");
    }

    private TraceEvents queries(final int count, final int everyNs, final int tookNs) {
        final QuestionTrace trace = trace(BEGIN, END);
        for (int i = 0; i < count; i++) {
            final long ns = 1 + (long) i * everyNs + random.nextInt(everyNs / 2);
            trace.event(0, ns, BEGIN).event(0, ns + tookNs + random.nextInt(tookNs / 2), END);
        }
        return trace.read();
    }

    @Test
    void shouldSayWhatIsNewAndWhatIsGone() {
        final TraceEvents before = trace(ORDER, BEGIN, END, REFUND).event(0, 1, ORDER, 1L, 1.0, "A")
            .event(0, 2, BEGIN).event(0, 3, END).event(1, 4, REFUND).event(1, 5, REFUND).read();
        final TraceEvents after = trace(ORDER_CHANGED, REFUND).event(0, 1, ORDER_CHANGED, 1.0, 1.0, 3L)
            .event(7, 2, ORDER_CHANGED, 1.0, 1.0, 3L).read();
        final TraceDiff diff = TraceDiff.of(before, after, DiffOptions.DEFAULT);
        assertThat(diff.gone()).containsExactly(
            new OnlyHere(OnlyHere.Kind.PROVIDER, "db", 2, false),
            new OnlyHere(OnlyHere.Kind.TRACEPOINT, "db:query_begin", 1, false),
            new OnlyHere(OnlyHere.Kind.TRACEPOINT, "db:query_end", 1, false),
            new OnlyHere(OnlyHere.Kind.TRACEPOINT, "shop:refund", 2, true),
            new OnlyHere(OnlyHere.Kind.FIELD, "shop:order.symbol", 1, false),
            new OnlyHere(OnlyHere.Kind.THREAD, "worker-1", 2, false));
        assertThat(diff.added()).containsExactly(
            new OnlyHere(OnlyHere.Kind.FIELD, "shop:order.coupon", 2, false),
            new OnlyHere(OnlyHere.Kind.THREAD, "worker-7", 1, false));
        assertThat(diff.typeChanges()).extracting(TypeChange::field).containsExactly("shop:order.took");
        assertThat(diff.toText()).contains("gone, only in A\n", "tracepoint  shop:refund",
            "2 events; the other one declares it, and it never fired there", "new, only in B\n",
            "other type       A      B\nshop:order.took  int64  float64\n");
        // Two events tell nothing of a rate.
        assertThat(diff.events().get(0).rate().difference()).isNull();
        final JsonNode json = diff.toJson();
        assertThat(json.get("version").asInt()).isEqualTo(1);
        assertThat(json.get("gone").get("tracepoints").get(2).get("declared_in_other").asBoolean()).isTrue();
        assertThat(json.get("new").get("fields").get(0).get("name").asText()).isEqualTo("shop:order.coupon");
        assertThat(json.get("type_changes").get(0).get("b").get(0).asText()).isEqualTo("float64");
        assertThat(json.get("events").get(0).get("rate").get("difference_low").isNull()).isTrue();
    }

    @Test
    void shouldTakeWhatIsSelectedWhenOneTraceHasNoneOfIt() {
        final TraceEvents before = trace(ORDER, REFUND).event(0, 1, REFUND).event(0, 9, ORDER, 1L, 1.0, "A").read();
        final TraceEvents after = trace(ORDER).event(0, 1, ORDER, 1L, 1.0, "A").read();
        final TraceDiff diff =
            TraceDiff.of(before.named("shop:refund"), after.named("shop:refund"), DiffOptions.DEFAULT);
        assertThat(diff.gone()).extracting(OnlyHere::name).contains("shop:refund").doesNotContain("shop:order");
        assertThat(diff.toText()).contains("nothing of it is selected: no event of the trace fits 'shop:refund'",
            "no event that is selected is in both traces");
        assertThat(diff.toJson().get("b").get("misfit").asText()).contains("shop:refund");
        assertThatThrownBy(() -> TraceDiff.of(before.named("x:y"), after.named("x:y"), DiffOptions.DEFAULT))
            .isInstanceOf(SelectionException.class).hasMessageContaining("x:y");
        assertThatThrownBy(() -> TraceDiff.of(before, after,
            new DiffOptions(List.of(PairName.parse("x:y,x:z")), 1_000, 1)))
            .isInstanceOf(SelectionException.class).hasMessageContaining("'x:y'");
        assertThatThrownBy(() -> new DiffOptions(List.of(), 10, 1)).isInstanceOf(SelectionException.class)
            .hasMessage("the number of resamples is not from 1000 to 1000000: 10");
    }

    @Test
    void shouldCompareNothingWhenTracesAreEmpty() {
        final TraceDiff diff = TraceDiff.of(trace(ORDER).read(), trace().read(), DiffOptions.DEFAULT);
        assertThat(diff.events()).isEmpty();
        assertThat(diff.intervals()).isZero();
        assertThat(diff.gone()).extracting(OnlyHere::name).containsExactly("shop", "shop:order");
        assertThat(diff.toText()).contains("0 events in 0.000 s", "no event that is selected is in both traces");
        final TraceEvents one = trace(ORDER).event(0, 1, ORDER, 1L, Double.NaN, "A").read();
        assertThat(TraceDiff.of(one, one, DiffOptions.DEFAULT).toText()).contains("  took p50 ", "  price p50 ");
    }

    /** Any bits may be a double: no value may end the arithmetic. */
    @Test
    void shouldCompareWhateverNumbersThereAre() {
        final EventSchema any = new EventSchema(1, "any", "any", List.of(new FieldSchema("double", FieldType.FLOAT64),
            new FieldSchema("float", FieldType.FLOAT32), new FieldSchema("unsigned", FieldType.UINT64),
            new FieldSchema("signed", FieldType.INT64)));
        final List<TraceEvents> both = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
            final QuestionTrace trace = trace(any);
            for (int i = 0; i < 3_000; i++) {
                trace.event(0, 1 + i * 1_000L, any, Double.longBitsToDouble(random.nextLong()),
                    i % 3 == 0 ? Float.POSITIVE_INFINITY : -random.nextFloat(), random.nextLong(),
                    i % 2 == 0 ? Long.MIN_VALUE : Long.MAX_VALUE);
            }
            both.add(trace.read());
        }
        final TraceDiff diff = TraceDiff.of(both.get(0), both.get(1), DiffOptions.DEFAULT);
        assertThat(diff.toText()).contains("  unsigned p99 ").doesNotContain("NaN");
        assertThat(diff.toJson().toString()).doesNotContain("NaN");
    }
}
