// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/**
 * Whether a process is of the user who traces it. A process can withhold a page of its own for ever, and as long as a
 * sleepable program waits for one, no uprobe of the whole machine can be detached: so another user's process is drained
 * by a program that does not wait. Stateless: any thread.
 */
public final class TargetOwner {
    private static final String ROOT = "0";
    private static final int USER_IDS = 4;

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

    static boolean isOurs(final String[] target, final String[] own, final Map<String, String> environment) {
        if (own.length != USER_IDS) {
            return false;
        }
        // Only root's word counts for who has become root.
        final String sudoer = own[1].equals(ROOT) ? environment.get("SUDO_UID") : null;
        return target.length == USER_IDS
            && Arrays.stream(target).allMatch(id -> id.equals(own[1]) || Objects.equals(id, sudoer));
    }

    /** Real, effective, saved and file system user id; none if the process cannot be looked at. */
    private static String[] userIds(final String process) {
        try {
            return Files.readAllLines(Path.of("/proc", process, "status")).stream()
                .filter(line -> line.startsWith("Uid:"))
                .map(line -> line.substring("Uid:".length()).trim().split("\\s+")).findFirst().orElse(new String[0]);
        } catch (final IOException e) {
            return new String[0];
        }
    }
}
