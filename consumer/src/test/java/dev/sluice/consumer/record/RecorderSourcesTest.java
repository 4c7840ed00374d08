// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recording of several targets, by a source that nothing in the project but this test knows. */
class RecorderSourcesTest {
    private static final long LONG_NS = TimeUnit.MINUTES.toNanos(1);

    @TempDir
    private Path directory;

    private final List<String> steps = new ArrayList<>();
    private String refusedStep = "";

    /** Says what it is asked for. */
    private final class Source implements DrainSource {
        private final String name;
        private final boolean isFailing;
        private final Runnable onEnable;

        Source(final String name, final boolean isFailing, final Runnable onEnable) {
            this.name = name;
            this.isFailing = isFailing;
            this.onEnable = onEnable;
        }

        @Override
        public int enable(final List<EventChoice> choices) {
            steps.add("enable " + name);
            onEnable.run();
            return 3;
        }

        @Override
        public int select(final List<EventChoice> choices) {
            doUnlessRefused("select " + name + ' ' + choices.get(0));
            return 2;
        }

        @Override
        public void check(final List<EventChoice> choices) {
            doUnlessRefused("check " + name + ' ' + choices.get(0));
        }

        private void doUnlessRefused(final String step) {
            if (step.equals(refusedStep)) {
                throw new AttachException(AttachException.Reason.REFUSED, "target " + name + " refuses");
            }
            steps.add(step);
        }

        @Override
        public boolean catchUp(final long deadlineNs) {
            return true;
        }

        @Override
        public Throwable failure() {
            return isFailing ? new IllegalStateException("no storing") : null;
        }

        @Override
        public boolean isLost() {
            return false;
        }

        @Override
        public long storedEvents() {
            return 5;
        }

        @Override
        public Outcome finish(final boolean hasExited) {
            steps.add("finish " + name + " " + hasExited);
            return new Outcome(true, false, List.of(), 5, 70, "");
        }

        @Override
        public void close() {
            steps.add("close " + name);
        }
    }

    private final class Factory implements DrainSourceFactory {
        private final FakeTarget one;
        private final FakeTarget refused;
        private final FakeTarget failing;
        private int expected = 2;
        private Runnable onEnable = () -> { };

        Factory(final FakeTarget one, final FakeTarget refused, final FakeTarget failing) {
            this.one = one;
            this.refused = refused;
            this.failing = failing;
        }

        private String name(final TargetId id) {
            return id.equals(one.id) ? "one" : "two";
        }

        @Override
        public boolean isThroughRings() {
            return false;
        }

        @Override
        public void check(final Target target) {
            if (refused != null && target.id().equals(refused.id)) {
                throw new IllegalArgumentException("not this one");
            }
        }

        @Override
        public DrainSource open(final RecordedTarget target, final RecordOptions options, final int targets) {
            if (expected != 0) {
                assertThat(targets).isEqualTo(expected);
            }
            assertThat(target.session()).isNull();
            assertThat(target.trace()).isNotNull();
            steps.add("open " + name(target.target().id()));
            return new Source(name(target.target().id()), failing != null && target.target().id().equals(failing.id),
                onEnable);
        }
    }

    private RecordOptions options(final Factory factory) {
        return RecordOptions.of(ProcessHandle.current().pid(), directory.resolve("t")).source(factory).build();
    }

    @Test
    void shouldRecordEachTargetFromTheSourceThatItIsGiven() throws IOException {
        try (FakeTarget one = new FakeTarget(); FakeTarget two = new FakeTarget()) {
            final RecordResult result;
            try (Recorder recorder = Recorder.start(options(new Factory(one, null, null)))) {
                assertThat(recorder.enabled()).isEqualTo(2 * 3);
                assertThat(recorder.storedEvents()).isEqualTo(2 * 5);
                recorder.await(LONG_NS, () -> true, () -> { });
                result = recorder.finish();
            }
            assertThat(result.stored()).isEqualTo(2 * 5);
            assertThat(result.bytes()).isEqualTo(2 * 70);
            assertThat(result.isComplete()).isTrue();
            assertThat(steps).containsExactlyInAnyOrder("open one", "open two", "enable one", "enable two",
                "finish one false", "finish two false", "close one", "close two");
            assertThat(steps.subList(0, 2)).as("all are open before one begins").allMatch(s -> s.startsWith("open"));
            assertThat(TraceReader.open(directory.resolve("t")).targets()).extracting(t -> t.info().id())
                .containsExactlyInAnyOrder(one.id, two.id);
            assertThat(TraceReader.open(directory.resolve("t")).targets())
                .allMatch(t -> t.end().orElseThrow().kind() == EndKind.DETACHED);
        }
    }

    private List<String> since(final int begin, final String what) {
        return steps.subList(begin, steps.size()).stream().filter(step -> step.startsWith(what)).toList();
    }

    @Test
    void shouldSelectOtherEventsOfAllTargetsOrOfNone() throws IOException {
        final List<EventChoice> next = List.of(EventChoice.of("a:b"));
        try (FakeTarget one = new FakeTarget(); FakeTarget two = new FakeTarget();
             Recorder recorder = Recorder.start(options(new Factory(one, null, null)))) {
            assertThat(two.id).isNotEqualTo(one.id);
            refusedStep = "check two a:b";
            assertThatThrownBy(() -> recorder.select(next)).hasMessage("target two refuses; nothing was changed");
            assertThat(since(0, "select")).isEmpty();
            for (final String last : new String[] {"one", "two"}) {
                refusedStep = "select " + last + " a:b";
                final int begin = steps.size();
                assertThatThrownBy(() -> recorder.select(next)).hasMessageStartingWith("target " + last + " refuses; ");
                final List<String> selected = since(begin, "select");
                // Whoever was told before got back what it had.
                final String other = last.equals("one") ? "two" : "one";
                assertThat(selected.isEmpty()
                    || selected.equals(List.of("select " + other + " a:b", "select " + other + " *:*"))).isTrue();
            }
            refusedStep = "";
            final int begin = steps.size();
            assertThat(recorder.select(next)).isEqualTo(2 * 2);
            assertThat(since(begin, "select")).containsExactlyInAnyOrder("select one a:b", "select two a:b");
            assertThat(recorder.enabled()).isEqualTo(2 * 2);
            recorder.finish();
        }
    }

    @Test
    void shouldLeaveNoTraceWhenOneTargetOfSeveralIsRefused() throws IOException {
        try (FakeTarget one = new FakeTarget(); FakeTarget two = new FakeTarget()) {
            assertThatThrownBy(() -> Recorder.start(options(new Factory(one, two, null))))
                .hasMessage("not this one");
            assertThat(steps).isEmpty();
            assertThat(Files.exists(directory.resolve("t"))).isFalse();
        }
    }

    @Test
    void shouldGoOnWithTheOthersWhenOneOfSeveralFails() throws IOException {
        try (FakeTarget one = new FakeTarget(); FakeTarget two = new FakeTarget()) {
            final List<TargetResult> ended = new ArrayList<>();
            final RecordResult result;
            try (Recorder recorder = Recorder.start(options(new Factory(one, null, two)))) {
                recorder.onEnd(ended::add);
                recorder.await(LONG_NS, () -> !ended.isEmpty(), () -> { });
                assertThat(recorder.targets()).isOne();
                assertThat(steps).contains("close two").doesNotContain("finish one false");
                result = recorder.finish();
            }
            assertThat(ended).singleElement().satisfies(target -> {
                assertThat(target.known()).isFalse();
                assertThat(target.warning()).contains("no storing");
            });
            assertThat(result.known()).isFalse();
            assertThat(result.targets()).hasSize(2);
            assertThat(result.targets().get(1).known()).isTrue();
            assertThat(steps).contains("finish one false", "close one");
        }
    }

    @Test
    void shouldEndTheWaitAndSayWhyWhenAllFail() throws IOException {
        try (FakeTarget one = new FakeTarget()) {
            final Factory failing = new Factory(one, null, one);
            failing.expected = 1;
            try (Recorder recorder = Recorder.start(options(failing))) {
                final long begin = System.nanoTime();
                recorder.await(LONG_NS, () -> false, () -> { });
                assertThat(System.nanoTime() - begin).isLessThan(LONG_NS);
                assertThatThrownBy(recorder::finish).hasMessage("no storing");
            }
            assertThat(steps).contains("close one");
        }
    }

    @Test
    void shouldRecordWhoJoinsAndGoOnWhenOneThatJoinsIsRefused() throws IOException {
        try (FakeTarget one = new FakeTarget()) {
            final Factory factory = new Factory(one, null, null);
            final RecordOptions none = RecordOptions.of(List.of(), directory.resolve("t")).source(factory)
                .awaitsMore(true).build();
            factory.expected = 16;
            try (Recorder recorder = Recorder.start(none)) {
                final long self = ProcessHandle.current().pid();
                assertThat(recorder.join(self)).isEqualTo(3);
                assertThat(recorder.targets()).isOne();
                assertThatThrownBy(() -> recorder.join(Integer.MAX_VALUE)).hasMessageContaining("no process");
                assertThat(recorder.enabled()).isEqualTo(3);
                assertThat(recorder.finish().targets()).singleElement().satisfies(target -> {
                    assertThat(target.pid()).isEqualTo(self);
                    assertThat(target.stored()).isEqualTo(5);
                });
            }
            assertThat(TraceReader.open(directory.resolve("t")).targets()).hasSize(1);
        }
    }

    /** Rings count for their lives: what they refuse from the begin of a recording on is told apart. */
    @Test
    void shouldSayWhatIsMissingSinceTheRecordingOfATargetBegan() throws IOException {
        try (FakeTarget one = new FakeTarget()) {
            one.slotLimit(2);
            count(one, 100, 50);
            final Factory factory = new Factory(one, null, null);
            factory.expected = 1;
            // It is refused events from the moment when it is told to begin.
            factory.onEnable = () -> count(one, 112, 53);
            try (Recorder recorder = Recorder.start(options(factory))) {
                check(recorder.progress());
                recorder.finish();
                check(recorder.progress());
            }
        }
        try (FakeTarget joining = new FakeTarget()) {
            joining.slotLimit(2);
            count(joining, 100, 50);
            final Factory factory = new Factory(joining, null, null);
            factory.expected = 0;
            factory.onEnable = () -> count(joining, 112, 53);
            try (Recorder recorder = Recorder.start(RecordOptions.of(List.of(), directory.resolve("joined"))
                .source(factory).awaitsMore(true).build())) {
                recorder.join(ProcessHandle.current().pid());
                check(recorder.progress());
            }
        }
    }

    private static void count(final FakeTarget target, final long discarded, final long overwritten) {
        Memory.putLongRelease(target.slot(1).address() + SlotDescriptor.DISCARDED_OFFSET, discarded);
        Memory.putLongRelease(target.slot(1).address() + SlotDescriptor.OVERWRITTEN_OFFSET, overwritten);
    }

    private static void check(final List<TargetProgress> progress) {
        assertThat(progress).singleElement().satisfies(target -> {
            assertThat(target.discarded()).isEqualTo(112);
            assertThat(target.overwritten()).isEqualTo(53);
            assertThat(target.discardedSince()).isEqualTo(12);
            assertThat(target.overwrittenSince()).isEqualTo(3);
        });
    }

    @Test
    void shouldRefuseWhoJoinsWhenThereAreAsManyAsFit() throws IOException {
        final List<FakeTarget> fakes = new ArrayList<>();
        try {
            for (int i = 0; i < 32; i++) {
                fakes.add(new FakeTarget());
            }
            final Factory factory = new Factory(fakes.get(0), null, null);
            factory.expected = 0;
            final long self = ProcessHandle.current().pid();
            try (Recorder recorder = Recorder.start(RecordOptions.of(List.of(), directory.resolve("t"))
                .source(factory).awaitsMore(true).build())) {
                while (recorder.targets() < Recorder.MOST_TARGETS) {
                    recorder.join(self);
                }
                assertThatThrownBy(() -> recorder.join(self))
                    .hasMessageContaining("is too many: 256 targets are recorded at a time at most");
                assertThat(recorder.finish().targets()).hasSize(Recorder.MOST_TARGETS);
            }
        } finally {
            fakes.forEach(FakeTarget::close);
        }
    }
}
