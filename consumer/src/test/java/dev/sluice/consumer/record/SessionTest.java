// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.account.RingBase;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.SessionHolder;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.receive.PacketReceiver;
import dev.sluice.consumer.receive.TargetTraceWriter;
import dev.sluice.consumer.session.DrainCommands;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.JournalDescriptor;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** docs/protocol.md section 4, seen from the consumer. */
@Timeout(300)
class SessionTest {
    private static final long STALE_NS = TimeUnit.MILLISECONDS.toNanos(300);
    /** On a machine that is busy, a process that runs may be late by more than the above. */
    private static final long VERY_LATE_NS = TimeUnit.SECONDS.toNanos(25);

    private FakeTarget fake;
    private Target target;

    @BeforeEach
    void open() throws IOException {
        fake = new FakeTarget();
        target = fake.open();
    }

    @AfterEach
    void close() {
        target.close();
        fake.close();
    }

    @Test
    void shouldTakeAndGiveBackWhenNobodyHoldsIt() {
        final ControlFile words = fake.words();
        try (Session session = Session.take(target, STALE_NS)) {
            assertThat(session.epoch()).isEqualTo(1);
            assertThat(target.control().holder().pid()).isEqualTo((int) ProcessHandle.current().pid());
            assertThat(TaggedWord.epoch(words.heartbeatVolatile())).isEqualTo(1);
            assertThat(words.creditsConsumedVolatile()).isEqualTo(TaggedWord.of(1, 0));
            assertThat(words.receivedVolatile(FakeTarget.SLOTS - 1)).isEqualTo(TaggedWord.of(1, 0));
        }
        assertThat(target.control().holder()).isEqualTo(new SessionHolder(1, 0));
    }

    @Test
    void shouldRefuseWhenAnotherConsumerIsAlive() {
        try (Session session = Session.take(target, STALE_NS)) {
            assertThatThrownBy(() -> Session.take(target, STALE_NS)).isInstanceOf(AttachException.class)
                .hasMessageContaining("is being traced already");
            assertThat(session.isLost()).isFalse();
        }
    }

    @Test
    void shouldTakeOverAtOnceWhenTheHolderIsDead() {
        // A consumer that died between its compare-and-set of the session word and its first heartbeat (step 2), with
        // the id of a process that lives: ids are used again, and others' are those of other namespaces.
        fake.words().compareAndSetSession(0, new SessionHolder(7, (int) ProcessHandle.current().pid()).word());
        final long begin = System.nanoTime();
        try (Session session = Session.take(target, TimeUnit.MINUTES.toNanos(1))) {
            assertThat(session.epoch()).isEqualTo(8);
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(30));
        }
    }

    @Test
    void shouldStepOverAnEpochThatAnotherConsumerIsAboutToTake() {
        try (Target other = fake.open()) {
            assertThat(other.control().life().tryBegin(1)).isTrue();
            try (Session session = Session.take(target, STALE_NS)) {
                assertThat(session.epoch()).isEqualTo(2);
            }
        }
    }

    @Test
    void shouldGiveUpInTimeWhenTheSessionWordChangesAllTheTime() throws InterruptedException {
        final ControlFile words = fake.words();
        final AtomicBoolean isOver = new AtomicBoolean();
        try (Target other = fake.open()) {
            for (int epoch = 1; epoch <= 4; epoch++) {
                assertThat(other.control().life().tryBegin(epoch)).isTrue();
            }
            final Thread changer = new Thread(() -> {
                for (int i = 0; !isOver.get(); i++) {
                    words.compareAndSetSession(words.sessionVolatile(), new SessionHolder(1 + i % 4, 1).word());
                }
            });
            changer.start();
            final long begin = System.nanoTime();
            try (Session session = Session.take(target, STALE_NS)) {
                // Taken while a busy machine did not run the other thread: then it is lost as soon as that runs.
                while (!session.isLost()) {
                    assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.MINUTES.toNanos(1));
                    LockSupport.parkNanos(100_000);
                }
            } catch (final AttachException e) {
                // Found busy all the time, or taken and lost at once.
                assertThat(e.reason()).isEqualTo(AttachException.Reason.BUSY);
            } finally {
                isOver.set(true);
                changer.join(TimeUnit.SECONDS.toMillis(10));
            }
        }
    }

    @Test
    void shouldWrapEpochWhenItIsTheLast() {
        fake.words().compareAndSetSession(0, new SessionHolder(65_535, 0).word());
        try (Session session = Session.take(target, STALE_NS)) {
            assertThat(session.epoch()).isEqualTo(1);
        }
    }

    @Test
    void shouldChangeNothingWhenLost() {
        final ControlFile words = fake.words();
        final Session session = Session.take(target, STALE_NS);
        try (session) {
            assertThat(session.words().publishReceived(1, 5)).isTrue();
            // Another consumer's takeover, step by step as it would do it.
            assertThat(words.compareAndSetSession(words.sessionVolatile(), new SessionHolder(2, 1).word())).isTrue();
            words.compareAndSetReceived(1, words.receivedVolatile(1), TaggedWord.of(2, 9));
            words.compareAndSetCreditsConsumed(words.creditsConsumedVolatile(), TaggedWord.of(2, 3));
            assertThat(session.words().publishReceived(1, 6)).isFalse();
            assertThat(session.words().publishConsumed(800)).isFalse();
            assertThat(session.isLost()).isTrue();
            assertThatThrownBy(() -> session.command(Command.Kind.FLUSH, new byte[0], STALE_NS))
                .isInstanceOf(AttachException.class).hasMessageContaining("took over");
        }
        final long usurped = new SessionHolder(2, 1).word();
        assertThat(words.sessionVolatile()).isEqualTo(usurped);
        assertThat(words.receivedVolatile(1)).isEqualTo(TaggedWord.of(2, 9));
        assertThat(words.creditsConsumedVolatile()).isEqualTo(TaggedWord.of(2, 3));
    }

    @Test
    void shouldConfirmGapOfSessionBeforeOnlyWhenItsLossIsStored(@TempDir final Path directory) {
        fake.slotLimit(2);
        journal(1, 0, 10);
        journal(2, 10, 20);
        journal(3, 30, 12);
        fake.slot(1).drained(fake.slot(1).headWordVolatile(), 4, 3, 42, 4096, 3);
        fake.words().compareAndSetReceived(1, 0, TaggedWord.of(4, 1));
        try (Session session = Session.take(target, STALE_NS)) {
            assertThat(session.base(1).gap()).isEqualTo(new RingBase.Gap(2, 3, 32, true, 0));
            assertThat(session.base(1).eventsBefore()).isEqualTo(42);
            assertThat(session.base(0).gap()).isNull();
            assertThat(fake.words().receivedVolatile(1)).isEqualTo(TaggedWord.of(session.epoch(), 1));
            try (TraceWriter writer = TraceWriter.create(directory.resolve("trace"), TraceInfo.now("", ""))) {
                final PacketReceiver receiver =
                    new PacketReceiver(session, new TargetTraceWriter(writer, target, false));
                receiver.reconcile(receiver.drainedSequences());
                // A recorder that cannot begin would delete the trace.
                assertThat(fake.words().receivedVolatile(1)).isEqualTo(TaggedWord.of(session.epoch(), 1));
                receiver.begun();
                receiver.reconcile(receiver.drainedSequences());
            }
            assertThat(fake.words().receivedVolatile(1)).isEqualTo(TaggedWord.of(session.epoch(), 3));
        }
        assertThat(TraceReader.open(directory.resolve("trace")).targets().get(0).losses())
            .containsExactly(new LossInfo(1, LossCause.CONSUMER_GONE, 32, 2, 2, 3));
    }

    private void journal(final long sequence, final long eventsBefore, final int events) {
        final long entry = fake.slot(1).journalAddress(sequence);
        Memory.putLong(entry + JournalDescriptor.EVENTS_BEFORE_OFFSET, eventsBefore);
        Memory.putInt(entry + JournalDescriptor.EVENT_COUNT_OFFSET, events);
        Memory.putLong(entry + JournalDescriptor.SEQUENCE_OFFSET, sequence);
    }

    @Test
    void shouldRepeatCommandWhenTargetSaysTorn() throws InterruptedException {
        final AtomicBoolean isStopped = new AtomicBoolean();
        final int[] commands = {0};
        final Thread control = new Thread(() -> {
            final ControlFile words = fake.words();
            while (!isStopped.get()) {
                final long word = words.commandVolatile();
                if (word != words.ackVolatile()) {
                    commands[0]++;
                    assertThat(Command.receive(words, word)).isNotNull();
                    Command.acknowledge(words, word, commands[0] == 1
                        ? new Command.Answer(Command.Result.TORN, 0, "torn")
                        : new Command.Answer(Command.Result.OK, 3, "fine"));
                }
                LockSupport.parkNanos(100_000);
            }
        });
        control.start();
        try (Session session = Session.take(target, STALE_NS)) {
            final Command.Answer answer =
                session.command(Command.Kind.ENABLE, new byte[] {1, 2}, TimeUnit.SECONDS.toNanos(10));
            assertThat(answer.result()).isEqualTo(Command.Result.OK);
            assertThat(answer.count()).isEqualTo(3);
            assertThat(commands[0]).isEqualTo(2);
        } finally {
            isStopped.set(true);
            control.join();
        }
    }

    private static Command.Enable asking(final String choice) {
        return new Command.Enable(Command.Source.BPF, null, false, 1 << 20, 0, STALE_NS, List.of(choice));
    }

    /** A target that is older than filters knows no command of that kind; it would take every event for the few. */
    @Test
    void shouldSayThatTheTargetIsOlderWhenItKnowsNoFilters() throws InterruptedException {
        final AtomicBoolean isStopped = new AtomicBoolean();
        final Thread control = new Thread(() -> {
            final ControlFile words = fake.words();
            while (!isStopped.get()) {
                final long word = words.commandVolatile();
                if (word != words.ackVolatile()) {
                    Command.acknowledge(words, word, Command.receive(words, word).kindCode() <= 3
                        ? new Command.Answer(Command.Result.OK, 3, "")
                        : new Command.Answer(Command.Result.UNKNOWN_KIND, 0, "kind=4 is unknown"));
                }
                LockSupport.parkNanos(100_000);
            }
        });
        control.start();
        try (Session session = Session.take(target, STALE_NS)) {
            assertThat(DrainCommands.enable(session, asking("orders:placed"))).isEqualTo(3);
            for (final String choice : List.of("orders:placed[price > 1]", "orders:placed 1/10")) {
                assertThatThrownBy(() -> DrainCommands.enable(session, asking(choice)))
                    .isInstanceOf(AttachException.class)
                    .hasMessageContaining("has a library that is older than filters and samplings: update");
            }
            assertThatThrownBy(() -> DrainCommands.enable(session, asking("a:b[c == '" + "x".repeat(6200) + "']")))
                .isInstanceOf(AttachException.class).hasMessageContaining("use fewer or shorter patterns");
        } finally {
            isStopped.set(true);
            control.join();
        }
    }

    @Test
    void shouldSayWhyWhenTargetDoesNotAnswer() {
        try (Session session = Session.take(target, STALE_NS)) {
            assertThatThrownBy(() -> session.command(Command.Kind.FLUSH, new byte[0], STALE_NS))
                .isInstanceOf(AttachException.class).hasMessageContaining("did not answer");
        }
    }

    @Test
    void shouldStopWaitingWithinTenSecondsWhenTargetGivesSignsOfLifeAndNoAnswer() throws Exception {
        final AtomicBoolean isStopped = new AtomicBoolean();
        final Thread signs = new Thread(() -> {
            while (!isStopped.get()) {
                Memory.putLongVolatile(
                    fake.control + ControlFileDescriptor.TARGET_HEARTBEAT_OFFSET, System.nanoTime());
                LockSupport.parkNanos(1_000_000);
            }
        });
        signs.start();
        try (Session session = Session.take(target, STALE_NS)) {
            final long begin = System.nanoTime();
            assertThat(DrainCommands.disable(session, DrainCommands.ANSWER_NS).problem()).contains("did not answer");
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(10));
        } finally {
            isStopped.set(true);
            signs.join();
        }
    }

    /** Asking is a system call of the command line, and each slot has four words. */
    @Test
    void shouldNotAskForEachWordWhetherTheAttachingIsGivenUp() {
        final AtomicLong asked = new AtomicLong();
        final long begin = System.nanoTime();
        try (Session session = Session.take(target, STALE_NS, false, () -> asked.incrementAndGet() < 0)) {
            final long tens = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) / 10;
            assertThat(session.isLost()).isFalse();
            // The claim asks once.
            assertThat(asked.get()).isLessThanOrEqualTo(2 + tens);
        }
    }

    /** Issue 15: whoever ended a command that waited for a target had to wait for it as well. */
    @Test
    void shouldStopWaitingForAnswersWhenTheAttachingIsGivenUp() {
        final AtomicBoolean isGivenUp = new AtomicBoolean();
        try (Session session = Session.take(target, STALE_NS, false, isGivenUp::get)) {
            final Thread ending = new Thread(() -> {
                while (fake.words().commandVolatile() == 0) {
                    Thread.onSpinWait();
                }
                isGivenUp.set(true);
            });
            ending.start();
            assertThatThrownBy(() -> DrainCommands.greet(session)).isInstanceOf(AttachException.class)
                .hasMessage("ended before process " + ProcessHandle.current().pid() + " could be attached to");
            // From here on a command is what ends the recording.
            session.attached();
            assertThat(DrainCommands.disable(session, 1_000_000).problem()).contains("did not answer command DISABLE");
        }
        assertThat(target.control().holder()).isEqualTo(new SessionHolder(1, 0));
    }

    @Test
    void shouldGiveTheSessionBackWhenTheAttachingIsGivenUpDuringATakeover() {
        // A target that does not run has not seen yet that the session before has ended.
        fake.words().putActiveEpochVolatile(1);
        fake.words().compareAndSetSession(0, new SessionHolder(1, 0).word());
        assertThatThrownBy(() -> Session.take(target, TimeUnit.MINUTES.toNanos(1), false,
            () -> target.control().holder().epoch() == 2)).isInstanceOfSatisfying(AttachException.class,
                e -> assertThat(e.reason()).isEqualTo(AttachException.Reason.GIVEN_UP));
        assertThat(target.control().holder()).isEqualTo(new SessionHolder(2, 0));
        try (Session session = Session.take(target, STALE_NS)) {
            assertThat(session.epoch()).isEqualTo(3);
        }
    }

    @Test
    void shouldTakeAStoppedConsumersSessionOnlyWhenToldToAndLoseItsWhenItResumes() throws Exception {
        final Process other = startHolder();
        try (BufferedReader out = other.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("took 1");
            // Not one that runs, whatever we are told.
            assertThatThrownBy(() -> Session.take(target, VERY_LATE_NS, true, () -> false))
                .isInstanceOf(AttachException.class).hasMessageContaining("process " + other.pid());
            signal("STOP", other.pid());
            assertThatThrownBy(() -> Session.take(target, STALE_NS)).isInstanceOf(AttachException.class)
                .hasMessageContaining("process " + other.pid()).hasMessageContaining("--take-over");
            try (Session session = Session.take(target, STALE_NS, true, () -> false)) {
                assertThat(session.epoch()).isEqualTo(2);
                signal("CONT", other.pid());
                assertThat(out.readLine()).isEqualTo("lost");
                assertThat(session.isLost()).isFalse();
            }
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void shouldTakeOverWhenConsumerProcessIsKilled() throws Exception {
        final Process other = startHolder();
        try (BufferedReader out = other.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("took 1");
            other.destroyForcibly().waitFor();
            try (Session session = Session.take(target, STALE_NS)) {
                assertThat(session.epoch()).isEqualTo(2);
            }
        }
    }

    private static Process startHolder() throws IOException {
        final String flags = Runtime.version().feature() >= 24 ? "jvm-24.args" : "jvm-17.args";
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + Path.of(System.getProperty("sluice.root"), "config", flags), "-cp",
            System.getProperty("java.class.path"), Holder.class.getName(),
            Long.toString(ProcessHandle.current().pid())).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static void signal(final String name, final long pid) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor()).isZero();
    }

    /** Another consumer process: takes the session of the only target in a process and says what becomes of it. */
    static final class Holder {
        private Holder() {
        }

        /** Runs until the session is lost. */
        public static void main(final String[] arguments) {
            final Target target = TargetFinder.open(Long.parseLong(arguments[0])).get(0);
            try (Session session = Session.take(target, STALE_NS)) {
                System.out.println("took " + session.epoch());
                while (!session.isLost()) {
                    LockSupport.parkNanos(1_000_000);
                }
                System.out.println("lost");
            }
        }
    }
}
