// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.reduce.Measure;
import dev.sluice.bpf.reduce.Reduced;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.Bucket;
import dev.sluice.store.report.EventStatistics;
import dev.sluice.store.report.FieldStatistics;
import dev.sluice.store.report.TraceReport;
import dev.sluice.system.scene.Profile;
import dev.sluice.system.scene.Scene;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sums and histograms made in the kernel are what the program says, and what a recording of the same values says. */
@OneJdk
@KernelTest
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class ReductionTest {
    private static final int EVENTS = 20_000;
    private static final int THREADS = 3;
    private static final long ENOUGH = 50_000;
    private static final List<String> FIELDS = List.of("widths.a", "widths.b", "widths.c", "widths.d", "widths.e",
        "widths.f", "widths.g", "widths.h");
    private static final List<String> BEHIND = List.of("behind.value", "behind.tail", "behind.last");

    @TempDir
    private Path directory;

    private ChildProgram start(final long seed, final String name) throws IOException, InterruptedException {
        final ChildProgram program = ChildProgram.startServant(directory, name,
            List.of("-Xmx256m", "-Dsluice.chunk.length=4k"), Scene.targetClassPath(),
            List.of(MeasuredProgram.class.getName(), Long.toString(seed), Integer.toString(THREADS),
                Integer.toString(EVENTS)));
        program.awaitLine("pid", 1);
        return program;
    }

    private RecordOptions.Builder options(final ChildProgram program, final EventPath path, final FullPolicy policy) {
        return RecordOptions.of(program.pid(), directory.resolve("trace")).source(path).policy(policy);
    }

    private RecordResult run(final ChildProgram program, final RecordOptions options) throws InterruptedException {
        try (Recorder recorder = Recorder.start(options)) {
            program.awaitLine("fired", 1);
            return recorder.finish();
        }
    }

    /** What the program has said, by field. */
    private static Map<String, String> truths(final ChildProgram program) throws IOException {
        final Map<String, String> truths = new TreeMap<>();
        program.output().lines().filter(line -> line.startsWith("truth ")).forEach(line ->
            truths.put(line.split(" ", 3)[1], line.split(" ", 3)[2]));
        return truths;
    }

    private static List<Measure> measures(final List<String> fields) {
        return fields.stream().map(field -> "measured:" + field)
            .flatMap(field -> Stream.of(Measure.sum(field), Measure.log2(field))).toList();
    }

    private static String text(final Reduced sum, final Reduced histogram) {
        final Map<BigInteger, Long> buckets = new TreeMap<>();
        histogram.ranges().forEach(range ->
            buckets.put(range.from().signum() < 0 ? range.to() : range.from(), range.count()));
        assertThat(Truth.sum(histogram.count(), sum.sum(), histogram.min(), histogram.max()))
            .isEqualTo(Truth.sum(sum.count(), sum.sum(), sum.min(), sum.max()));
        return Truth.sum(sum.count(), sum.sum(), sum.min(), sum.max()) + ' ' + buckets.toString().replace(" ", "");
    }

    private static void check(final List<Reduced> reduced, final Map<String, String> truths, final String what) {
        for (int i = 0; i < reduced.size(); i += 2) {
            final String field = reduced.get(i).measure().field();
            assertThat(text(reduced.get(i), reduced.get(i + 1))).as("%s: %s", what, field)
                .isEqualTo(truths.get(field));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BATCH", "PULL"})
    void shouldSayWhatTheProgramSaysWhenValuesAreTakenInTheKernel(final EventPath path) throws Exception {
        final long seed = Profile.seed("reduction by " + path);
        for (final List<String> fields : List.of(FIELDS, BEHIND)) {
            try (ChildProgram program = start(seed, "program" + fields.size())) {
                final RecordResult result =
                    run(program, options(program, path, FullPolicy.BLOCK).measures(measures(fields)).build());
                assertThat(result.isComplete()).as("seed %s: %s", seed, result).isTrue();
                assertThat(result.stored()).as("seed %s: %s", seed, result).isEqualTo((long) THREADS * EVENTS);
                check(result.reduced(), truths(program), "seed " + seed);
                assertThat(directory.resolve("trace")).doesNotExist();
            }
        }
    }

    /** Issue 15: {@code record -p ONE -p OTHER --sum ...}, of which one ends before the other. */
    @ParameterizedTest
    @EnumSource(names = {"BATCH", "PULL"})
    void shouldAddUpOverAllProgramsWhenThereAreSeveral(final EventPath path) throws Exception {
        final long seed = Profile.seed("reduction of several by " + path);
        try (ChildProgram one = start(seed, "one"); ChildProgram other = start(seed + 1, "other")) {
            final RecordResult result;
            try (Recorder recorder = Recorder.start(RecordOptions.of(List.of(one.pid(), other.pid()),
                directory.resolve("trace")).source(path).policy(FullPolicy.BLOCK).measures(measures(FIELDS)).build())) {
                one.awaitLine("fired", 1);
                one.kill();
                one.awaitExit();
                recorder.await(TimeUnit.MINUTES.toNanos(1), () -> recorder.targets() == 1, () -> { });
                other.awaitLine("fired", 1);
                result = recorder.finish();
            }
            assertThat(result.isComplete()).as("seed %s: %s", seed, result).isTrue();
            assertThat(result.stored()).as("seed %s: %s", seed, result).isEqualTo(2L * THREADS * EVENTS);
            final Map<String, String> truths = truths(other);
            truths(one).forEach((field, truth) -> truths.merge(field, truth, Truth::added));
            check(result.reduced(), truths, "seed " + seed);
            assertThat(directory.resolve("trace")).doesNotExist();
        }
    }

    /** Which events a full ring refuses, nobody knows; but those of all tracepoints are what the account says. */
    @ParameterizedTest
    @EnumSource(names = {"BATCH", "PULL"})
    void shouldTakeEachEventOnceWhenSomeAreDiscarded(final EventPath path) throws Exception {
        final long seed = Profile.seed("reduction of what is left by " + path);
        final List<Measure> measures = List.of(Measure.log2("measured:widths.h"), Measure.sum("measured:behind.tail"),
            Measure.linear("measured:other.d", -1000, 1000, 50));
        try (ChildProgram program = start(seed, "program")) {
            final RecordResult result =
                run(program, options(program, path, FullPolicy.DISCARD).measures(measures).build());
            assertThat(result.known()).as("seed %s: %s", seed, result).isTrue();
            assertThat(result.lostEvents()).as("seed %s: %s", seed, result).isZero();
            assertThat(result.fired()).as("seed %s: %s", seed, result).isEqualTo((long) THREADS * EVENTS)
                .isEqualTo(result.stored() + result.discarded());
            assertThat(result.reduced().stream().map(Reduced::count).reduce(BigInteger.ZERO, BigInteger::add))
                .as("seed %s: %s", seed, result).isEqualTo(BigInteger.valueOf(result.stored()));
            for (final int histogram : new int[] {0, 2}) {
                assertThat(result.reduced().get(histogram).counts().stream().mapToLong(Long::longValue).sum())
                    .isEqualTo(result.reduced().get(histogram).count().longValueExact());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BATCH", "PULL"})
    void shouldSayWhatTheReportSaysWhenTheSameValuesWereRecorded(final EventPath path) throws Exception {
        final long seed = Profile.seed("reduction and report by " + path);
        final List<Reduced> reduced;
        try (ChildProgram program = start(seed, "reduced")) {
            reduced = run(program, options(program, path, FullPolicy.BLOCK).measures(measures(FIELDS)).build())
                .reduced();
        }
        try (ChildProgram program = start(seed, "recorded")) {
            run(program, options(program, EventPath.SHARED, FullPolicy.BLOCK).build());
        }
        final EventStatistics widths = TraceReport.of(TraceReader.open(directory.resolve("trace"))).events().stream()
            .filter(event -> event.schema().name().equals("measured:widths")).findFirst().orElseThrow();
        for (int i = 0; i < FIELDS.size(); i++) {
            final FieldStatistics field = widths.fields().get(i);
            final Reduced sum = reduced.get(2 * i);
            assertThat(Truth.sum(sum.count(), sum.sum(), sum.min(), sum.max())).as("seed %s: %s", seed, FIELDS.get(i))
                .isEqualTo(Truth.sum(field.count(), field.sum(), field.min(), field.max()));
            assertThat(reduced.get(2 * i + 1).ranges().stream()
                .map(range -> range.from() + " " + range.to() + " " + range.count()))
                .as("seed %s: %s", seed, FIELDS.get(i)).containsExactlyElementsOf(field.log2Buckets().stream()
                .map((Bucket bucket) -> bucket.from() + " " + bucket.to() + " " + bucket.count()).toList());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BATCH", "PULL"})
    void shouldCountEachEventOnceWhenTheProgramIsKilled(final EventPath path) throws Exception {
        final List<Measure> measures = List.of(Measure.sum("account:numbers.index"), Measure.sum("account:text.index"));
        try (Scene scene = Scene.start(directory, List.of("-Dsluice.chunk.length=4k"), 1, "threads", "0")) {
            scene.awaitTarget();
            final RecordResult result;
            try (Recorder recorder = Recorder.start(RecordOptions.of(scene.targetPid(), directory.resolve("trace"))
                .source(path).policy(FullPolicy.BLOCK).patterns(List.of("account:*")).measures(measures).build())) {
                scene.startFiring();
                recorder.await(TimeUnit.MINUTES.toNanos(2), () -> false, () -> {
                    if (recorder.storedEvents() > ENOUGH) {
                        scene.target().kill();
                    }
                });
                result = recorder.finish();
            }
            assertThat(result.isComplete()).as("%s", result).isTrue();
            final long stored = result.stored();
            assertThat(stored).isGreaterThan(ENOUGH).isBetween(scene.fired().fired(0), scene.fired().fired(0) + 1);
            final Reduced numbers = result.reduced().get(0);
            final Reduced texts = result.reduced().get(1);
            assertThat(numbers.count().add(texts.count())).isEqualTo(BigInteger.valueOf(stored));
            assertThat(texts.count()).isPositive();
            // The indexes are those from zero on, each once.
            assertThat(numbers.sum().add(texts.sum())).isEqualTo(BigInteger.valueOf(stored)
                .multiply(BigInteger.valueOf(stored - 1)).shiftRight(1));
        }
    }

    @Test
    void shouldSayWhatIsThereWhenANameIsWrongOrAFieldIsNoInteger() throws Exception {
        try (ChildProgram program = start(1, "program")) {
            for (final EventPath path : List.of(EventPath.PULL, EventPath.SHARED)) {
                check(program, path, "measured:width.a", path == EventPath.PULL ? "has no tracepoint 'measured:width'"
                    + ": it has measured:behind, measured:other, measured:widths" : "events are not drained there");
            }
            check(program, EventPath.BATCH, "measured:widths.z", "'measured:widths' has no field 'z': it has a, b, c");
            check(program, EventPath.PULL, "measured:other.price", "'measured:other.price' is of type float64");
            check(program, EventPath.PULL, "measured:other.label", "'measured:other.label' is of type string");
            assertThat(directory.resolve("trace")).doesNotExist();
        }
    }

    private void check(final ChildProgram program, final EventPath path, final String field, final String message) {
        final RecordOptions options =
            options(program, path, FullPolicy.BLOCK).measures(List.of(Measure.sum(field))).build();
        assertThatThrownBy(() -> Recorder.start(options)).isInstanceOf(AttachException.class)
            .hasMessageContaining(message);
    }
}
