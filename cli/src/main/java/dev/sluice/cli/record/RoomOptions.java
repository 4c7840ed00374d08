// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.cli.output.Sizes;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.os.ThreadScheduling;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * How much room events have for the time that the recorder is late, in the rings of the threads and in the kernel, and
 * with which precedence it runs, to be late less often. A picocli mixin. For one thread.
 */
public final class RoomOptions {
    /** What ulimit(1) counts a nice value from. */
    private static final int NICE_BASE = 20;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--buffer", paramLabel = "SIZE", converter = Sizes.class,
        description = "memory of the kernel between the program and this one, for the time that this one is late: 128K"
            + " to 1G, rounded up to a power of two (default: 1/128 of the machine's memory, 16M to 64M); not in"
            + " shared and pull mode, where rings grow instead")
    private Long bufferBytes;

    @Option(names = "--ring", paramLabel = "SIZE", converter = Sizes.class,
        description = "memory that the ring of one thread may have at most, 16K to 32M, rounded up to a power of two"
            + " and taken by need (default: what the program's own sluice.ring.chunks says, 256K; in shared and pull"
            + " mode, and where a thread of its own drains, 32M)")
    private Long ringBytes;

    @Option(names = "--nice", paramLabel = "N",
        description = "precedence of the threads that receive events, as nice(1) counts it, -20 (most) to 0 (leaves"
            + " them as they are); it decides within one control group or session (default: "
            + RecordOptions.DEFAULT_NICE + " if this user may give it, and 0 for a command that was begun with less"
            + " precedence)")
    private Integer nice;

    /**
     * Puts what was asked for into the options of a recording. Call {@link #check} before.
     */
    void apply(final RecordOptions.Builder options) {
        if (bufferBytes != null) {
            options.ringBufferBytes(bufferBytes);
        }
        if (ringBytes != null) {
            options.ringBytes(ringBytes);
        }
        if (nice != null) {
            options.nice(nice);
        }
    }

    /**
     * Checks the sizes.
     *
     * @param mode the drain mode that was asked for, or null
     * @throws ParameterException if a size is out of its range, or there is no such room in that mode
     */
    void check(final DrainMode mode) {
        if (bufferBytes != null) {
            final long bytes = bufferBytes;
            if (bytes < RecordOptions.LEAST_RING_BUFFER_BYTES || bytes > RecordOptions.GREATEST_RING_BUFFER_BYTES) {
                throw wrong("--buffer", bytes + " bytes; it is at least 128K, which the longest batch needs, and at"
                    + " most 1G");
            }
            if (mode == DrainMode.SHARED || mode == DrainMode.PULL) {
                final String name = mode.name().toLowerCase(Locale.ROOT);
                throw wrong("--buffer", name + " mode has no such buffer; leave out one of --buffer and --mode "
                    + name);
            }
        }
        if (ringBytes != null) {
            final long bytes = ringBytes;
            if (bytes < RecordOptions.LEAST_RING_BYTES || bytes > RecordOptions.GREATEST_RING_BYTES) {
                throw wrong("--ring", bytes + " bytes; it is at least 16K and at most 32M");
            }
        }
        if (nice != null && (nice < ThreadScheduling.LEAST_NICE || nice > 0)) {
            throw wrong("--nice", nice + "; it is -20 to 0: to have less precedence than other programs, begin the"
                + " command with nice(1)");
        }
        if (nice != null && !ThreadScheduling.isAllowed(nice)) {
            throw wrong("--nice", nice + " takes CAP_SYS_NICE, or 'ulimit -e " + (NICE_BASE - nice) + "'; leave it out,"
                + " and the threads take what they may");
        }
    }

    private ParameterException wrong(final String option, final String why) {
        return new ParameterException(spec.commandLine(), "Invalid value for option '" + option + "': " + why);
    }
}
