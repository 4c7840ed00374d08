// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** For how long a loop holds its agent. */
@Timeout(300)
class LibraryThreadTest {
    private static final long PERIOD_NS = 1_000_000_000L;

    /** Never started: only the loop's hold keeps the agent. */
    private static final class Agent implements LongSupplier {
        private final LibraryThread loop = new LibraryThread("sluice-test", this, PERIOD_NS, null);

        @Override
        public long getAsLong() {
            return LibraryThread.END;
        }
    }

    private static boolean isKept(final WeakReference<Agent> agent) {
        System.gc();
        return agent.get() != null;
    }

    @Test
    void shouldKeepTheAgentWhenItIsStoppedBetweenTheLookAndItsRelease() {
        final AtomicBoolean isStopping = new AtomicBoolean();
        Agent agent = new Agent();
        final LibraryThread loop = agent.loop;
        final WeakReference<Agent> weak = new WeakReference<>(agent);
        release(agent, isStopping);
        agent = null;
        assertThat(isKept(weak)).isTrue();
        Reference.reachabilityFence(loop);
    }

    /** The other thread stops the agent as soon as this one has looked whether it is stopping. */
    private static void release(final Agent agent, final AtomicBoolean isStopping) {
        agent.loop.hold(agent);
        agent.loop.release(agent, () -> {
            final boolean seen = isStopping.getAndSet(true);
            agent.loop.hold(agent);
            return seen;
        });
    }

    @Test
    void shouldLetTheAgentGoOnlyWhenItIsNotNeeded() {
        Agent agent = new Agent();
        final LibraryThread loop = agent.loop;
        final WeakReference<Agent> weak = new WeakReference<>(agent);
        loop.release(agent, () -> true);
        agent = null;
        assertThat(isKept(weak)).isTrue();
        loop.release(null, () -> false);
        assertThat(isKept(weak)).isFalse();
        Reference.reachabilityFence(loop);
    }
}
