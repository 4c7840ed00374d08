// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.races;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.Slot;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Credits, and consumers against each other: the words {epoch, value} of the control file and of head. */
public final class SessionRaces {
    private static final int OLD = RaceRing.EPOCH;
    private static final int NEW = RaceRing.EPOCH + 1;

    private SessionRaces() {
    }

    /** Two rings are drained, and there is room for one record. */
    @JCStressTest
    @Outcome(id = "0, 3, 0", expect = ACCEPTABLE, desc = "the first drainer got the room")
    @Outcome(id = "3, 0, 0", expect = ACCEPTABLE, desc = "the second drainer got it")
    @State
    public static class TwoDrainersClaim {
        private final RaceRing first = new RaceRing(FullPolicy.DISCARD, false, null, 0, RaceRing.RECORD);
        private final RaceRing second = new RaceRing(FullPolicy.DISCARD, false, first, 1, 0);

        /** One event each. */
        public TwoDrainersClaim() {
            first.fire(1);
            second.fire(1);
        }

        @Actor
        public void first(final III_Result r) {
            r.r1 = first.drain(true);
        }

        @Actor
        public void second(final III_Result r) {
            r.r2 = second.drain(true);
        }

        @Arbiter
        public void account(final III_Result r) {
            r.r3 = isUsed(first.control, OLD, RaceRing.RECORD) && first.batches() + second.batches() == 1 ? 0 : 1;
            first.release();
            second.release();
        }
    }

    /** Credits that are used up are claimed while the consumer gives them back. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "given back in time")
    @Outcome(id = "3, 0", expect = ACCEPTABLE, desc = "no room yet: nothing is claimed")
    @State
    public static class ClaimAndConsume {
        private final RaceRing ring = new RaceRing(FullPolicy.DISCARD, false, null, 0, RaceRing.RECORD);

        /** The room is used, and another event waits. */
        public ClaimAndConsume() {
            ring.fire(1);
            ring.drain(true);
            ring.fire(1);
        }

        @Actor
        public void drainer(final II_Result r) {
            r.r1 = ring.drain(true);
        }

        @Actor
        public void consumer() {
            ring.control.compareAndSetCreditsConsumed(
                TaggedWord.of(OLD, 0), TaggedWord.of(OLD, RaceRing.RECORD >>> 3));
        }

        @Arbiter
        public void account(final II_Result r) {
            r.r2 = isUsed(ring.control, OLD, ring.batches() * RaceRing.RECORD) ? 0 : 1;
            ring.release();
        }
    }

    /** A drainer claims credits while the control thread resets them for another session. */
    @JCStressTest
    @Outcome(id = "0, [01], 0", expect = ACCEPTABLE, desc = "claimed in the old session, whose claim went with it, "
        + "or in the new one, which has it")
    @Outcome(id = "3, 0, 0", expect = ACCEPTABLE, desc = "the session changed under the drainer: nothing is claimed")
    @State
    public static class ClaimAndNewSession {
        private final RaceRing ring = new RaceRing(FullPolicy.DISCARD, false);

        /** An event waits. */
        public ClaimAndNewSession() {
            ring.fire(1);
        }

        @Actor
        public void drainer(final III_Result r) {
            r.r1 = ring.drain(true);
        }

        @Actor
        public void controlThread() {
            ring.startSession(NEW, RaceRing.RECORD);
        }

        @Arbiter
        public void account(final III_Result r) {
            final long claimed = ring.control.creditsClaimedVolatile();
            r.r2 = (int) (TaggedWord.value(claimed) * 8 / RaceRing.RECORD);
            r.r3 = TaggedWord.epoch(claimed) == NEW && TaggedWord.value(claimed) * 8 % RaceRing.RECORD == 0 ? 0 : 1;
            ring.release();
        }
    }

    /** Two consumers find a session stale and take it. */
    @JCStressTest
    @Outcome(id = "1, 0, 10", expect = ACCEPTABLE, desc = "the first has it, and the words are its own")
    @Outcome(id = "0, 1, 20", expect = ACCEPTABLE, desc = "the second has it")
    @State
    public static class TwoConsumersTake {
        private final RaceRing ring = new RaceRing(FullPolicy.DISCARD, false);
        private final long stale = ring.control.sessionVolatile();

        @Actor
        public void first(final III_Result r) {
            r.r1 = take(10);
        }

        @Actor
        public void second(final III_Result r) {
            r.r2 = take(20);
        }

        private int take(final int pid) {
            if (!ring.control.compareAndSetSession(stale, TaggedWord.of(NEW, pid))) {
                return 0;
            }
            final long word = ring.control.heartbeatVolatile();
            return ring.control.compareAndSetHeartbeat(word, TaggedWord.of(NEW, pid)) ? 1 : 2;
        }

        @Arbiter
        public void account(final III_Result r) {
            final long session = ring.control.sessionVolatile();
            r.r3 = session == ring.control.heartbeatVolatile() ? (int) TaggedWord.value(session) : -1;
            ring.release();
        }
    }

    /** A consumer that was stopped wakes and publishes what it stored, while its successor adopts the words. */
    @JCStressTest
    @Outcome(id = "1, 6, 4", expect = ACCEPTABLE, desc = "published before: the successor goes on from there")
    @Outcome(id = "0, 5, 4", expect = ACCEPTABLE, desc = "the word is the successor's: nothing changes, and it is told")
    @State
    public static class StaleReceivedAndHeartbeat {
        private final RaceRing ring = new RaceRing(FullPolicy.DISCARD, false);

        /** Five batches are received. */
        public StaleReceivedAndHeartbeat() {
            ring.control.compareAndSetReceived(0, ring.control.receivedVolatile(0), TaggedWord.of(OLD, 5));
            ring.control.compareAndSetHeartbeat(0, TaggedWord.of(OLD, 100));
        }

        @Actor
        public void stale(final III_Result r) {
            r.r1 = ring.control.compareAndSetReceived(0, TaggedWord.of(OLD, 5), TaggedWord.of(OLD, 6)) ? 1 : 0;
            ring.control.compareAndSetHeartbeat(TaggedWord.of(OLD, 100), TaggedWord.of(OLD, 200));
        }

        @Actor
        public void successor() {
            long word;
            do {
                word = ring.control.heartbeatVolatile();
            } while (!ring.control.compareAndSetHeartbeat(word, TaggedWord.of(NEW, 300)));
            do {
                word = ring.control.receivedVolatile(0);
            } while (!ring.control.compareAndSetReceived(0, word, TaggedWord.of(NEW, TaggedWord.value(word))));
        }

        @Arbiter
        public void account(final III_Result r) {
            final long received = ring.control.receivedVolatile(0);
            r.r2 = (int) TaggedWord.value(received);
            r.r3 = TaggedWord.epoch(received) == NEW && ring.control.heartbeatVolatile() == TaggedWord.of(NEW, 300)
                ? NEW : -1;
            ring.release();
        }
    }

    /** Shared mode: a stale consumer moves head over what it has read, while its successor adopts head and reads on. */
    @JCStressTest
    @Outcome(id = "1, 32", expect = ACCEPTABLE, desc = "the successor begins behind what the stale one moved over")
    @Outcome(id = "0, 16", expect = ACCEPTABLE, desc = "the successor has head, and reads those events itself")
    @State
    public static class StaleHead {
        private static final long FIRST = RaceRing.CHUNK;

        private final RaceRing ring = new RaceRing(FullPolicy.DISCARD, false);

        /** Head is the old session's. */
        public StaleHead() {
            ring.slot.putHeadWordVolatile(Slot.headWord(OLD, FIRST));
        }

        @Actor
        public void stale(final II_Result r) {
            r.r1 = ring.slot.compareAndSetHeadWord(
                Slot.headWord(OLD, FIRST), Slot.headWord(OLD, FIRST + RaceRing.EVENT)) ? 1 : 0;
        }

        @Actor
        public void successor() {
            long word;
            long adopted;
            do {
                word = ring.slot.headWordVolatile();
                adopted = TaggedWord.of(NEW, TaggedWord.value(word));
            } while (!ring.slot.compareAndSetHeadWord(word, adopted));
            ring.slot.compareAndSetHeadWord(adopted, adopted + RaceRing.EVENT / 8);
        }

        @Arbiter
        public void account(final II_Result r) {
            final long word = ring.slot.headWordVolatile();
            r.r2 = TaggedWord.epoch(word) == NEW ? (int) (TaggedWord.value(word) * 8 - FIRST) : -1;
            ring.release();
        }
    }

    /** A stale consumer's command body is written over its successor's while the control thread reads. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "torn: answered so, and repeated")
    @Outcome(id = "[34]", expect = ACCEPTABLE, desc = "a whole command, of the session that its word names")
    @State
    public static class TwoCommands {
        private final RaceRing ring = new RaceRing(FullPolicy.DISCARD, false);
        private final Command stale = command(OLD);
        private final Command successor = command(NEW);

        private static Command command(final int epoch) {
            return new Command(epoch, Command.Kind.ENABLE, 1,
                ("of the consumer with epoch " + epoch).repeat(epoch).getBytes(StandardCharsets.UTF_8));
        }

        @Actor
        public void stale() {
            stale.send(ring.control);
        }

        /** In one thread: a machine of two processors runs no test of three actors. */
        @Actor
        public void successorAndControlThread(final I_Result r) {
            successor.send(ring.control);
            final Command command = Command.receive(ring.control, ring.control.commandVolatile());
            if (command != null) {
                final Command meant = command.epoch() == OLD ? stale : successor;
                r.r1 = Arrays.equals(command.payload(), meant.payload()) ? command.epoch() : -1;
            }
        }

        @Arbiter
        public void release() {
            ring.release();
        }
    }

    private static boolean isUsed(final ControlFile control, final int epoch, final int bytes) {
        final long claimed = control.creditsClaimedVolatile();
        return TaggedWord.epoch(claimed) == epoch && TaggedWord.value(claimed) << 3 == bytes;
    }
}
