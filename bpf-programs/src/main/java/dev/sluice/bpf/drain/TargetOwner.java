// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import dev.sluice.os.proc.ProcessStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Whether a process is of the user who traces it. A process can withhold a page of its own for ever, and as long as a
 * sleepable program waits for one, no uprobe of the whole machine can be detached: so another user's process is drained
 * by a program that does not wait. Stateless: any thread.
 */
public final class TargetOwner {
    private static final int ROOT = 0;

    private TargetOwner() {
    }

    /**
     * Whether all its user ids are those of this process, or of the user who has become root by sudo to run this one.
     *
     * @param pid as seen from here; a process that cannot be looked at is somebody else's
     */
    public static boolean isOurs(final int pid) {
        return isOurs(userIds(Integer.toString(pid)), userIds("self"), System.getenv());
    }

    static boolean isOurs(final List<Integer> target, final List<Integer> own, final Map<String, String> environment) {
        if (own.size() != ProcessStatus.IDS || target.size() != ProcessStatus.IDS) {
            return false;
        }
        final int user = own.get(ProcessStatus.EFFECTIVE);
        // Only root's word counts for who has become root.
        final String sudoer = user == ROOT ? environment.get("SUDO_UID") : null;
        return target.stream().allMatch(id -> id == user || Integer.toUnsignedString(id).equals(sudoer));
    }

    /** The user ids of a process; empty if this user may not look at the process. */
    private static List<Integer> userIds(final String process) {
        try {
            return ProcessStatus.read(Path.of("/proc", process)).userIds();
        } catch (final IOException e) {
            return List.of();
        }
    }
}
