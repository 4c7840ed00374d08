// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/** The check of every directory in which this library makes files. Stateless: any thread. */
public final class PrivateDirectory {
    private static final int GROUP_OR_OTHER_WRITE = 0022;

    private PrivateDirectory() {
    }

    /**
     * Checks that a directory is one in which nobody else can put or replace a file.
     *
     * @param property the system property that names it, for the message
     * @throws NativeException if the directory does not exist, belongs to another user, or is writable for others
     */
    public static void check(final Path directory, final String property) {
        final Map<String, Object> attributes;
        try {
            attributes = Files.readAttributes(directory, "unix:uid,mode,isDirectory", LinkOption.NOFOLLOW_LINKS);
        } catch (final IOException e) {
            throw new NativeException("stat(" + directory + ")", 0, e.getClass().getSimpleName(),
                "set " + property + " to a directory that exists");
        }
        final int owner = (Integer) attributes.get("uid");
        final int mode = (Integer) attributes.get("mode") & 07777;
        final int user = NativeCalls.get().geteuid();
        final String flaw;
        if (!(Boolean) attributes.get("isDirectory")) {
            flaw = "it is not a directory";
        } else if (owner != user) {
            flaw = "it belongs to uid " + owner + ", not " + user;
        } else if ((mode & GROUP_OR_OTHER_WRITE) != 0) {
            flaw = "others may write to it (mode " + Integer.toOctalString(mode) + ")";
        } else {
            return;
        }
        throw new NativeException("use of directory " + directory, 0, flaw,
            "make it yours with mode 700, or set " + property + " to another directory");
    }
}
