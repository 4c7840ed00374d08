// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.consumer.attach.AttachException;
import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.os.Users;
import dev.sluice.os.proc.Capabilities;
import dev.sluice.os.proc.ProcessAccess;
import dev.sluice.os.proc.ProcessStatus;
import dev.sluice.store.text.FileText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
    /** What it takes to give files to another user, and to become that user. */
    private static final long NEEDED = Capabilities.CHOWN | Capabilities.SETGID | Capabilities.SETUID;

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

    /**
     * Why this process cannot become a user, as in a container whose root has few rights; empty if nothing is known to
     * be in the way.
     */
    public static String whyNot(final User user) {
        final ProcessStatus own = ProcessAccess.own();
        final long missing = own == null ? 0 : NEEDED & ~own.effectiveCapabilities();
        if (missing != 0) {
            return "to become " + user + " takes " + Capabilities.text(missing) + ", which this root has not";
        }
        return isMapped("uid_map", user.uid()) && isMapped("gid_map", user.gid()) ? ""
            : "in this user namespace there is no " + user;
    }

    /** Whether an id is one of this process's user namespace, whose map has lines of an id, another and a count. */
    private static boolean isMapped(final String map, final int id) {
        final long wanted = Integer.toUnsignedLong(id);
        try {
            for (final String line : Files.readAllLines(Path.of("/proc/self/" + map), StandardCharsets.US_ASCII)) {
                final String[] words = line.strip().split("\\s+");
                final long first = Long.parseLong(words[0]);
                if (wanted >= first && wanted - first < Long.parseLong(words[2])) {
                    return true;
                }
            }
            return false;
        } catch (final IOException e) {
            // This kernel has no user namespaces.
            return true;
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
     * @throws AttachException       if the system refuses it
     * @throws IllegalStateException if any thread has kept any right: then the process should do nothing more
     */
    public static void giveUp(final User user) {
        openClassPath();
        try {
            Users.become(user.uid(), user.gid());
        } catch (final NativeException e) {
            throw new AttachException(AttachException.Reason.ENVIRONMENT, "cannot become " + user + ", the user who has"
                + " called sudo: " + e.getMessage() + "; without SUDO_UID in the environment it stays root", e);
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
            throw new IllegalStateException("cannot tell whether all threads have given up their rights: "
                + FileText.of(e), e);
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
