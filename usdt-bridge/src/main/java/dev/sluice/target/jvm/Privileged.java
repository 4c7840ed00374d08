// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import java.io.IOException;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;

/**
 * Does with the library's own permissions what the calling application may not do itself. So under a security manager,
 * which Java has up to version 23, only the library has to be trusted. Stateless: any thread.
 */
@SuppressWarnings("removal")
public final class Privileged {
    private static final int FIRST_WITHOUT = 24;
    private static final boolean IS_NEEDED = Runtime.version().feature() < FIRST_WITHOUT;

    private Privileged() {
    }

    /** Whether callers may have fewer permissions than the library just now. */
    public static boolean isNeeded() {
        return IS_NEEDED && System.getSecurityManager() != null;
    }

    public static <T> T call(final PrivilegedAction<T> action) {
        return IS_NEEDED ? AccessController.doPrivileged(action) : action.run();
    }

    /** Calls an action whose only checked exception is IOException. */
    public static <T> T callIo(final PrivilegedExceptionAction<T> action) throws IOException {
        try {
            return IS_NEEDED ? AccessController.doPrivileged(action) : action.run();
        } catch (final PrivilegedActionException e) {
            throw unchecked(e.getException());
        } catch (final Exception e) {
            throw unchecked(e);
        }
    }

    private static RuntimeException unchecked(final Exception e) throws IOException {
        if (e instanceof IOException known) {
            throw known;
        }
        return e instanceof RuntimeException known ? known : new IllegalStateException(e);
    }
}
