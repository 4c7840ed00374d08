// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import java.util.Arrays;
import java.util.List;

/** All sweeps that there are. */
public final class Sweeps {
    private static final String NONE = "none";
    private static final String ALL = "all";

    private Sweeps() {
    }

    /**
     * Those that were chosen.
     *
     * @param names      with commas between; {@code all} or {@code none}
     * @param clockFlags of the measured JVMs
     * @throws IllegalArgumentException if there is no such sweep; the message says which there are
     */
    public static List<Sweep> of(final String names, final List<String> clockFlags) {
        final Forks forks = new Forks(clockFlags);
        final List<Sweep> all = List.of(BatchSweep.of(forks), PayloadSweep.of(forks), ThreadSweep.of(forks),
            SizeSweep.ofChunk(forks), SizeSweep.ofRing(forks), ClockSweep.of(forks), RateSweep.of(forks),
            SingleFireSweep.of(forks), WorkloadSweep.of(forks));
        if (names.equals(NONE)) {
            return List.of();
        }
        final List<String> wanted = Arrays.stream(names.split(",")).map(String::strip).toList();
        if (wanted.isEmpty()) {
            throw new IllegalArgumentException("--sweep: '" + names + "' names no sweep; 'none' is for none");
        }
        for (final String name : wanted) {
            if (!name.equals(ALL) && all.stream().noneMatch(sweep -> sweep.name().equals(name))) {
                throw new IllegalArgumentException("--sweep: there is no sweep '" + name + "'; there are "
                    + String.join(", ", all.stream().map(Sweep::name).toList()) + ", all and none");
            }
        }
        return all.stream().filter(sweep -> wanted.contains(ALL) || wanted.contains(sweep.name())).toList();
    }
}
