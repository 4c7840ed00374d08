// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.races;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import dev.sluice.ring.control.FullPolicy;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Owner against drainer. The second number is {@link RaceRing#verdict}: anything but 0 is forbidden. */
public final class RingRaces {
    private RingRaces() {
    }

    /** The owner closes, drains and enters a chunk while the control thread flushes (R4). */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the flush had the lock, or found it free again")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the owner had the lock: the flush leaves the ring to it")
    @State
    public static class OwnerAndFlush {
        private final RaceRing ring = new RaceRing(FullPolicy.DISCARD, true);

        /** Seven events are there, so that the second more enters a chunk. */
        public OwnerAndFlush() {
            ring.fire(RaceRing.EVENTS_PER_CHUNK - 1);
        }

        @Actor
        public void owner() {
            ring.fire(4);
        }

        @Actor
        public void flush(final II_Result r) {
            r.r1 = ring.drain(true);
        }

        @Arbiter
        public void account(final II_Result r) {
            r.r2 = ring.verdict();
        }
    }

    /** The owner wants to use a chunk again while the drain thread drains it: head decides. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "drained in time: nothing is refused")
    @Outcome(id = "[1-5], 0", expect = ACCEPTABLE, desc = "refused and counted as discarded")
    @State
    public static class OwnerAndDrainThread {
        private final RaceRing ring = new RaceRing(FullPolicy.DISCARD, false);

        /** One more event fits. */
        public OwnerAndDrainThread() {
            ring.fire(4 * RaceRing.EVENTS_PER_CHUNK - 1);
        }

        @Actor
        public void owner(final II_Result r) {
            r.r1 = ring.fire(6);
        }

        @Actor
        public void drainThread() {
            ring.drain(false);
        }

        @Arbiter
        public void account(final II_Result r) {
            r.r2 = ring.verdict();
        }
    }

    /** The owner overwrites the oldest chunks while a drainer reads them (R9). */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "each event is drained or counted as overwritten, once")
    @State
    public static class OverwriteAndRead {
        private final RaceRing ring = new RaceRing(FullPolicy.OVERWRITE, false);

        /** The ring is full. */
        public OverwriteAndRead() {
            ring.fire(4 * RaceRing.EVENTS_PER_CHUNK);
        }

        @Actor
        public void owner() {
            ring.fire(3 * RaceRing.EVENTS_PER_CHUNK);
        }

        @Actor
        public void drainer(final II_Result r) {
            r.r1 = ring.drain(true);
        }

        @Arbiter
        public void account(final II_Result r) {
            r.r2 = ring.verdict();
        }
    }

    /** The control thread drains a dead owner's ring while another thread takes the slot (R10). */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not drained yet: the slot stays the dead owner's")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "drained: the slot has a new owner, counts and positions go on")
    @State
    public static class DrainAndReuse {
        private final RaceRing ring = new RaceRing(FullPolicy.DISCARD, false);

        /** A full chunk and three events are left. */
        public DrainAndReuse() {
            ring.fire(RaceRing.EVENTS_PER_CHUNK + 3);
        }

        @Actor
        public void drainer() {
            ring.drain(true);
        }

        @Actor
        public void claimer(final II_Result r) {
            if (ring.isDrained()) {
                ring.enterOwner();
                ring.fire(2);
                r.r1 = 1;
            }
        }

        @Arbiter
        public void account(final II_Result r) {
            r.r2 = ring.verdict();
        }
    }
}
