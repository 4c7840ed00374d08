// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.openloop.OfferedRate;
import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.turn.ForkedLoop;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes the runners of ways in Java, whose JVMs all take the same clock.
 *
 * @param clockFlags of the measured JVMs; empty for the clock that programs take by default
 * @param kind       what is measured of a way
 */
record Forks(List<String> clockFlags, Kind kind) {
    /** What is measured of a way. */
    @FunctionalInterface
    interface Kind {
        /**
         * Its runner.
         *
         * @param path     the way
         * @param argument of its constructor; empty for none
         * @param flags    of the JVM
         */
        Contestant.Runner runner(Class<? extends FirePath> path, String argument, List<String> flags);
    }

    Forks {
        clockFlags = List.copyOf(clockFlags);
    }

    /** For the loop of many events. */
    Forks(final List<String> clockFlags) {
        this(clockFlags, ForkedLoop::new);
    }

    /** The same, of which something else is measured. */
    Forks measuring(final Kind other) {
        return new Forks(clockFlags, other);
    }

    /** One thread fires. */
    Contestant.Runner loop(final Class<? extends FirePath> path, final String argument, final String... flags) {
        return kind.runner(path, argument, with(flags));
    }

    /** So many threads fire at once. */
    Contestant.Runner threads(final int threads, final Class<? extends FirePath> path, final String argument,
                              final String... flags) {
        return ForkedLoop.ofThreads(threads, path, argument, with(flags));
    }

    /** One thread fires at a rate; 0 for as fast as it can. */
    Contestant.Runner rate(final long rate, final Class<? extends FirePath> path, final String argument) {
        return OfferedRate.runner(rate, path, argument, with());
    }

    private List<String> with(final String... flags) {
        return Stream.concat(clockFlags.stream(), Stream.of(flags)).toList();
    }
}
