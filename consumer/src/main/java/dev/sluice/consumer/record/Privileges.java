// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.os.Users;
import dev.sluice.os.proc.ProcessStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Gives up root's rights in every thread, for ever. Files that were opened before stay open. If a hostile target finds
 * a fault in the code that runs afterwards, it gains no more than the rights of the user who has started the recording.
 * <p>
 * For a program that owns its process, such as the command: the whole process changes its user. For one thread.
 */
public final class Privileges {
    private static final int ROOT = 0;
    private static final String FIRST_KERNEL = "5.19";
    private static final int FIRST_MAJOR = 5;
    private static final int FIRST_MINOR = 19;

    private Privileges() {
    }

    /**
     * A user to become.
     *
     * @param uid the user's number, not that of root
     * @param gid number of its group
     */
    public record User(int uid, int gid) {
        @Override
        public String toString() {
            return "uid " + Integer.toUnsignedString(uid) + ", gid " + Integer.toUnsignedString(gid);
        }
    }

    /** The user who has become root by sudo, if this process is root and was started by sudo. */
    public static Optional<User> invoker(final Map<String, String> environment) {
        if (NativeCalls.get().geteuid() != ROOT) {
            return Optional.empty();
        }
        try {
            final int uid = Integer.parseUnsignedInt(environment.getOrDefault("SUDO_UID", "0"));
            final int gid = Integer.parseUnsignedInt(environment.getOrDefault("SUDO_GID", "0"));
            // -1 means "as it is" to the kernel.
            return uid == ROOT || gid == ROOT || uid == -1 || gid == -1 ? Optional.empty()
                : Optional.of(new User(uid, gid));
        } catch (final NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Why this process still needs its rights for what it has to do; empty if it does not need them. */
    public static String obstacle() {
        final String[] release = System.getProperty("os.version", "").split("[^0-9]+");
        final int major = release.length > 0 && !release[0].isEmpty() ? Integer.parseInt(release[0]) : 0;
        final int minor = release.length > 1 ? Integer.parseInt(release[1]) : 0;
        if (major < FIRST_MAJOR || major == FIRST_MAJOR && minor < FIRST_MINOR) {
            return "before Linux " + FIRST_KERNEL + " only root may read the counters of a BPF program";
        }
        final Stream<String> directories = Stream.of(System.getProperty("java.class.path").split(":"))
            .filter(entry -> !entry.endsWith(".jar"));
        return Stream.concat(Stream.of(System.getProperty("java.home")), directories)
            .filter(path -> !path.isEmpty() && !isOpenToOthers(Path.of(path))).findFirst()
            .map(path -> "others may not read " + path + ", which this program is run from").orElse("");
    }

    private static boolean isOpenToOthers(final Path path) {
        try {
            for (Path part = path.toRealPath(); part != null; part = part.getParent()) {
                if (!Files.getPosixFilePermissions(part, LinkOption.NOFOLLOW_LINKS)
                    .contains(PosixFilePermission.OTHERS_EXECUTE)) {
                    return false;
                }
            }
            return true;
        } catch (final IOException e) {
            return !Files.exists(path);
        }
    }

    /**
     * Becomes a user, with no other group and no capability.
     *
     * @throws IllegalStateException if any thread has kept any right: then the process should do nothing more
     */
    public static void giveUp(final User user) {
        openClassPath();
        try {
            Users.become(user.uid(), user.gid());
        } catch (final NativeException e) {
            throw new IllegalStateException("cannot become " + user + ": " + e.getMessage(), e);
        }
        requireGone(user);
    }

    /**
     * Opens the jars of the class path now: a class loader opens a jar when it first looks into it, and that may be
     * forbidden later.
     */
    private static void openClassPath() {
        if (Privileges.class.getResource("/dev/sluice/none") != null) {
            throw new IllegalStateException("there is a resource that nobody has made");
        }
    }

    private static void requireGone(final User user) {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            for (final Path thread : threads.toList()) {
                requireGone(user, thread);
            }
        } catch (final IOException e) {
            throw new IllegalStateException("cannot tell whether all threads have given up their rights: " + e, e);
        }
    }

    private static void requireGone(final User user, final Path thread) {
        final ProcessStatus status;
        try {
            status = ProcessStatus.read(thread);
        } catch (final IOException e) {
            // The thread has ended.
            return;
        }
        if (!status.userIds().equals(Collections.nCopies(ProcessStatus.IDS, user.uid()))
            || !status.groupIds().equals(Collections.nCopies(ProcessStatus.IDS, user.gid()))
            || (status.permittedCapabilities() | status.effectiveCapabilities()) != 0) {
            throw new IllegalStateException("thread " + thread.getFileName() + " has kept rights that all were to give"
                + " up: user ids " + status.userIds() + ", group ids " + status.groupIds() + ", capabilities 0x"
                + Long.toHexString(status.permittedCapabilities() | status.effectiveCapabilities()));
        }
    }
}
