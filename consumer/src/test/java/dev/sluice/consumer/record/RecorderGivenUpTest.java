// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Recordings that somebody ends while a target has been asked to begin and has not answered. */
@Timeout(60)
class RecorderGivenUpTest {
    @TempDir
    private Path directory;

    /** How many targets answer that they have begun; the others have begun, or not, and say nothing. */
    private int answering;
    private boolean isObeying;
    private final AtomicInteger asked = new AtomicInteger();

    /** The control thread of a target. */
    private final class Control implements AutoCloseable {
        private final ControlFile words;
        private final Thread thread = new Thread(this::run);
        private volatile boolean isOver;
        private boolean isStopped;

        Control(final FakeTarget target) {
            words = target.words();
            thread.start();
        }

        private void run() {
            long taken = 0;
            while (!isOver) {
                final long word = words.commandVolatile();
                if (word != taken && !isStopped) {
                    final Command command = Command.receive(words, word);
                    taken = word;
                    if (command.kind() == Command.Kind.ENABLE) {
                        enable(command);
                    } else {
                        Command.acknowledge(words, word, new Command.Answer(Command.Result.OK, 0, ""));
                    }
                }
                LockSupport.parkNanos(100_000);
            }
        }

        private void enable(final Command command) {
            final int number = asked.incrementAndGet();
            if (number <= answering || isObeying) {
                words.putActiveEpochVolatile(command.epoch());
            }
            if (number <= answering) {
                Command.acknowledge(words, command.word(), new Command.Answer(Command.Result.OK, 1, ""));
            } else {
                isStopped = !isObeying;
            }
        }

        @Override
        public void close() {
            isOver = true;
            try {
                thread.join(TimeUnit.SECONDS.toMillis(10));
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private RecordOptions options(final List<Long> pids) {
        return RecordOptions.of(pids, directory.resolve("t")).source(EventPath.SHARED).awaitsMore(true)
            .givenUp(() -> asked.get() > answering).build();
    }

    private void requireKnownEnds(final int targets) {
        assertThat(TraceReader.open(directory.resolve("t")).targets()).hasSize(targets)
            .allMatch(target -> target.end().isPresent() && target.end().get().known());
    }

    @Test
    void shouldAccountForATargetThatJoinsAndAnswersOnlyTheCommandToStop() throws IOException {
        isObeying = true;
        joinInVain();
        requireKnownEnds(1);
    }

    @Test
    void shouldKnowTheEndOfATargetThatJoinsAndAnswersNothing() throws IOException {
        joinInVain();
        requireKnownEnds(1);
    }

    private void joinInVain() throws IOException {
        try (FakeTarget one = new FakeTarget(); Control control = new Control(one);
             Recorder recorder = Recorder.start(options(List.of()))) {
            assertThat(control.isOver).isFalse();
            final long begin = System.nanoTime();
            assertThatThrownBy(() -> recorder.join(ProcessHandle.current().pid()))
                .isInstanceOfSatisfying(AttachException.class,
                    e -> assertThat(e.reason()).isEqualTo(AttachException.Reason.GIVEN_UP));
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(30));
            assertThat(recorder.finish().known()).isTrue();
        }
    }

    @Test
    void shouldKnowTheEndsOfAllTargetsWhenOneOfTwoHasBegun() throws IOException {
        answering = 1;
        try (FakeTarget one = new FakeTarget(); FakeTarget two = new FakeTarget();
             Control control = new Control(one); Control other = new Control(two)) {
            assertThat(control.isOver || other.isOver).isFalse();
            assertThatThrownBy(() -> Recorder.start(options(List.of(ProcessHandle.current().pid()))))
                .isInstanceOf(AttachException.class).hasMessageContaining("; what was fired by then is in ");
        }
        requireKnownEnds(2);
    }
}
