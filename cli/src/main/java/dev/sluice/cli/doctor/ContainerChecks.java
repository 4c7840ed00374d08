// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.doctor;

import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.store.text.FileText;
import dev.sluice.target.memory.MachineMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The limits of the container that this process is in, and what can be seen from inside it. Stateless: any thread. */
final class ContainerChecks {
    /** The kernel's constant number of the first pid namespace. */
    private static final String INITIAL = "pid:[4026531836]";
    private static final long MIB = 1 << 20;
    /** Rings get a quarter of what is left, at most. */
    private static final int SHARE = 4;
    private static final long LEAST_LEFT = 256 * MIB;
    private static final int MOST_NAMED = 10;

    private ContainerChecks() {
    }

    static List<Finding> all() {
        return List.of(pids(), memory(MachineMemory.look()), targets(TargetFinder.processes()));
    }

    private static Finding pids() {
        final String key = "container.pids";
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString().equals(INITIAL)
                ? Finding.ok(key, "the machine's own pid namespace: all processes are seen")
                : Finding.limited(key, "a pid namespace of its own", "processes outside of it are not seen, and pids"
                    + " are those inside", "to record programs outside, run it there");
        } catch (final IOException e) {
            return Finding.limited(key, "it cannot be read: " + FileText.of(e),
                "processes may not be seen", "mount /proc");
        }
    }

    /** What memory limits leave. */
    static Finding memory(final MachineMemory.Left left) {
        final String key = "container.memory";
        final String found = String.format(Locale.ROOT, "%s leaves %,d MiB, of which rings get %,d at most",
            left.tightest(), left.bytes() / MIB, Math.min(512, left.bytes() / MIB / SHARE));
        return left.bytes() >= LEAST_LEFT ? Finding.ok(key, found)
            : Finding.limited(key, found, "events may be refused as there is no memory for a ring, and are counted",
                "raise the limit of memory");
    }

    private static Finding targets(final List<Long> pids) {
        final String more = pids.size() > MOST_NAMED ? ", and more" : "";
        return Finding.ok("targets", pids.isEmpty() ? "no program that this user may look into uses Sluice now"
            : "programs that use Sluice: " + pids.stream().limit(MOST_NAMED).map(String::valueOf)
                .collect(Collectors.joining(", ")) + more);
    }
}
