// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import dev.sluice.os.NativeCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Gives up root's rights in every thread, for good. What was opened before stays open: a fault that a hostile target
 * finds in what follows is worth no more than the rights of the user who has started the recording.
 * <p>
 * For programs that are their own, as the command is: the whole process changes its user. For one thread.
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
     * @param uid its number, not root's
     * @param gid number of its group
     */
    public record User(int uid, int gid) {
        @Override
        public String toString() {
            return "uid " + Integer.toUnsignedString(uid) + ", gid " + Integer.toUnsignedString(gid);
        }
    }

    /** The C library's own calls: they reach all threads, as the kernel's do not. */
    private static final class LibC {
        static {
            Native.register(LibC.class, (String) null);
        }

        private LibC() {
        }

        static native int setgroups(long count, int[] groups) throws LastErrorException;

        static native int setresgid(int real, int effective, int saved) throws LastErrorException;

        static native int setresuid(int real, int effective, int saved) throws LastErrorException;
    }

    /** The user who has become root by sudo, if this process is root and somebody has. */
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

    /** Why this process has to keep its rights to do what is left to do; empty if it does not. */
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
     * @throws IllegalStateException if any thread has kept anything: then nothing more should be done
     */
    public static void giveUp(final User user) {
        openClassPath();
        try {
            LibC.setgroups(1, new int[] {user.gid()});
            LibC.setresgid(user.gid(), user.gid(), user.gid());
            LibC.setresuid(user.uid(), user.uid(), user.uid());
        } catch (final LastErrorException e) {
            throw new IllegalStateException("cannot become " + user + ": "
                + NativeCalls.get().errorText(e.getErrorCode()), e);
        }
        requireGone(user);
    }

    /** A class loader opens a jar when it first looks into it, which it may not be able to any more. */
    private static void openClassPath() {
        if (Privileges.class.getResource("/dev/sluice/none") != null) {
            throw new IllegalStateException("there is a resource that nobody has made");
        }
    }

    private static void requireGone(final User user) {
        final String ids = ("\t" + Integer.toUnsignedString(user.uid())).repeat(4);
        final String groups = ("\t" + Integer.toUnsignedString(user.gid())).repeat(4);
        final List<String> required = List.of("Uid:" + ids, "Gid:" + groups, "CapPrm:\t0000000000000000",
            "CapEff:\t0000000000000000");
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            for (final Path thread : threads.toList()) {
                final List<String> lines = status(thread);
                if (!lines.isEmpty() && !lines.containsAll(required)) {
                    throw new IllegalStateException("thread " + thread.getFileName() + " has kept rights that all were"
                        + " to give up: " + lines);
                }
            }
        } catch (final IOException e) {
            throw new IllegalStateException("cannot tell whether all threads have given up their rights: " + e, e);
        }
    }

    /** Empty if the thread has ended. */
    private static List<String> status(final Path thread) {
        try {
            return Files.readAllLines(thread.resolve("status"), java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (final IOException e) {
            return List.of();
        }
    }
}
