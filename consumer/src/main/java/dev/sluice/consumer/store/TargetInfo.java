// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import dev.sluice.ring.TargetId;
import java.util.UUID;

/**
 * One traced process.
 *
 * @param id               the target's id, also the uuid of its CTF trace
 * @param pid              process id as the consumer sees it
 * @param startTime        start time of the process in clock ticks since boot (field 22 of /proc/PID/stat)
 * @param bootId           /proc/sys/kernel/random/boot_id of the machine
 * @param clockKind        clock kind as the control file has it
 * @param clockFrequencyHz ticks in a second; 1,000,000,000 for nanoTime
 * @param layoutVersion    layout version of the shared memory
 * @param uid              user id the process ran as
 * @param commandLine      its command line, arguments separated by spaces
 * @param javaVersion      its java.vm.version, or empty if unknown
 */
public record TargetInfo(TargetId id, int pid, long startTime, UUID bootId, int clockKind, long clockFrequencyHz,
    int layoutVersion, int uid, String commandLine, String javaVersion) {
    /** Checks the frequency. */
    public TargetInfo {
        if (clockFrequencyHz <= 0) {
            throw new IllegalArgumentException("clock frequency out of range: clockFrequencyHz=" + clockFrequencyHz);
        }
    }
}
