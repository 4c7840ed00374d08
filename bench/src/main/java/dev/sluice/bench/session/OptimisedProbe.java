// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.session;

import dev.sluice.usdt.ProbeSite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether the kernel calls a probe in place of a breakpoint: it then maps code of its own into the process. */
public final class OptimisedProbe {
    private static final String MAPPING = "[uprobes-trampoline]";
    private static final String BREAKPOINT = "nop1";

    private OptimisedProbe() {
    }

    /** Whether this JVM's own probes have bytes that a kernel may optimise, and was told so. */
    public static boolean isAskedForHere() {
        return !BREAKPOINT.equals(System.getProperty(ProbeSite.PROPERTY, BREAKPOINT));
    }

    /**
     * Requires it of a process whose probe was hit, and which still runs.
     *
     * @throws IllegalStateException if the kernel has not optimised a probe of it
     */
    public static void require(final long pid) throws IOException {
        require(Path.of("/proc", Long.toString(pid), "maps"));
    }

    static void require(final Path maps) throws IOException {
        if (!Files.readString(maps).contains(MAPPING)) {
            throw new IllegalStateException("the kernel did not optimise the probe: " + maps + " has no " + MAPPING
                + ", so each event was a breakpoint, as in the paths called nop1; Linux 6.16 to 7.1 on x86-64 optimise"
                + " these bytes");
        }
    }
}
