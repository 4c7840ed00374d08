// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.RefusalCause;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * One traced process.
 *
 * @param id               the target's id, also the uuid of its CTF trace
 * @param pid              process id as the consumer sees it
 * @param startTime        start time of the process in clock ticks since boot (field 22 of /proc/PID/stat)
 * @param bootId           /proc/sys/kernel/random/boot_id of the machine
 * @param clockKind        kind of the clock, with the control file's code
 * @param clockFrequencyHz ticks in a second; 1,000,000,000 for nanoTime
 * @param layoutVersion    layout version of the shared memory
 * @param uid              user id that the process ran as
 * @param commandLine      the process's command line, arguments separated by spaces
 * @param javaVersion      the process's java.vm.version, or empty if unknown
 * @param refusedBefore    events discarded before any ring could take them, by cause, when the trace began
 * @param clockWhy         the reason for the choice of the clock, in words; empty if unknown
 */
public record TargetInfo(TargetId id, int pid, long startTime, UUID bootId, int clockKind, long clockFrequencyHz,
    int layoutVersion, int uid, String commandLine, String javaVersion, Map<RefusalCause, Long> refusedBefore,
    String clockWhy) {
    /**
     * Which events a session has its target fire from a moment on.
     *
     * @param realtimeNs CLOCK_REALTIME when the target was asked, ns since 1970
     * @param choices    patterns of names, with conditions and samplings, as docs/format.md has them; an event is
     *                   fired if any of them selects it
     */
    public record Selection(long realtimeNs, List<String> choices) {
        /** Copies the list. */
        public Selection {
            choices = List.copyOf(choices);
        }
    }

    /** Checks the frequency. */
    public TargetInfo {
        final EnumMap<RefusalCause, Long> copy = new EnumMap<>(RefusalCause.class);
        copy.putAll(refusedBefore);
        refusedBefore = Collections.unmodifiableMap(copy);
        if (clockFrequencyHz <= 0) {
            throw new IllegalArgumentException("clock frequency out of range: clockFrequencyHz=" + clockFrequencyHz);
        }
    }

    /** A process that had refused nothing before, and that gives no reason for its clock. */
    public TargetInfo(final TargetId id, final int pid, final long startTime, final UUID bootId, final int clockKind,
        final long clockFrequencyHz, final int layoutVersion, final int uid, final String commandLine,
        final String javaVersion) {
        this(id, pid, startTime, bootId, clockKind, clockFrequencyHz, layoutVersion, uid, commandLine, javaVersion,
            Map.of(), "");
    }
}
