// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.SessionHolder;
import dev.sluice.consumer.attach.Target;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.memory.TaggedWord;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whom a claim takes for stopped: docs/protocol.md section 4, step 2. */
@Timeout(300)
class SessionClaimTest {
    private static final long STALE_NS = TimeUnit.MILLISECONDS.toNanos(20);

    /** The session of a holder that has a heartbeat and lives as long as the other target is open. */
    private static void hold(final FakeTarget fake, final Target other) {
        assertThat(other.control().life().tryBegin(1)).isTrue();
        assertThat(fake.words().compareAndSetSession(0, new SessionHolder(1, 1).word())).isTrue();
        beat(fake.words(), 1);
    }

    private static void beat(final ControlFile words, final long value) {
        assertThat(words.compareAndSetHeartbeat(words.heartbeatVolatile(), TaggedWord.of(1, value))).isTrue();
    }

    /** As if this process had been kept from running for so long. */
    private static void passStaleTime() {
        final long begin = System.nanoTime();
        while (System.nanoTime() - begin <= STALE_NS) {
            LockSupport.parkNanos(STALE_NS);
        }
    }

    @Test
    void shouldNotTakeARunningHoldersSessionWhenTheClaimItselfWasLate() throws IOException {
        try (FakeTarget fake = new FakeTarget(); Target target = fake.open(); Target other = fake.open()) {
            hold(fake, other);
            final SessionClaim claim = new SessionClaim(target, STALE_NS, true, () -> false);
            passStaleTime();
            beat(fake.words(), 2);
            assertThatThrownBy(claim::take).isInstanceOf(AttachException.class)
                .hasMessageContaining("end that one first");
        }
    }

    @Test
    void shouldEndAtOnceWhenNobodyWantsTheSessionAnyMore() throws IOException {
        try (FakeTarget fake = new FakeTarget(); Target target = fake.open(); Target other = fake.open()) {
            hold(fake, other);
            final int[] looks = {0};
            assertThatThrownBy(new SessionClaim(target, TimeUnit.HOURS.toNanos(1), true, () -> looks[0]++ == 2)::take)
                .isInstanceOf(AttachException.class).hasMessageContaining("ended before process ");
            assertThat(target.control().holder()).isEqualTo(new SessionHolder(1, 1));
        }
    }

    @Test
    void shouldTakeAStoppedHoldersSessionWhenItMayAndNothingBeats() throws IOException {
        try (FakeTarget fake = new FakeTarget(); Target target = fake.open(); Target other = fake.open()) {
            hold(fake, other);
            assertThatThrownBy(new SessionClaim(target, STALE_NS, false, () -> false)::take)
                .isInstanceOf(AttachException.class).hasMessageContaining("--take-over");
            assertThat(new SessionClaim(target, STALE_NS, true, () -> false).take().epoch()).isEqualTo(2);
        }
    }
}
