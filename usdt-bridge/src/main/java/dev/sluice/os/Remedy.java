// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.lang.reflect.InvocationTargetException;
import java.security.PrivilegedActionException;

/** What a user can do about an error of the environment that turns tracing off. Stateless: any thread. */
public final class Remedy {
    private static final int MAX_CAUSES = 16;
    private static final String MORE_FILES = "raise the limit of open files (ulimit -n)";
    /** The library's name in the options of the java launcher. */
    private static final String OWN_MODULE =
        Remedy.class.getModule().isNamed() ? Remedy.class.getModule().getName() : "ALL-UNNAMED";

    private Remedy() {
    }

    /** Loads this class. */
    public static void prepare() {
        // The call has done it.
        return;
    }

    /** An error in a sentence, followed by a remedy if one is known. */
    public static String describe(final Throwable error) {
        Throwable said = error;
        for (int i = 0; i < MAX_CAUSES && isWrapper(said) && said.getCause() != null; i++) {
            said = said.getCause();
        }
        final String text =
            said.getMessage() == null || said instanceof Error ? said.toString() : said.getMessage();
        // The message of a failed call already contains its remedy.
        final String remedy = said instanceof NativeException ? "" : of(error);
        return remedy.isEmpty() ? text : text + "; " + remedy;
    }

    private static boolean isWrapper(final Throwable error) {
        return error instanceof ExceptionInInitializerError || error instanceof InvocationTargetException
            || error instanceof PrivilegedActionException
            || error instanceof NoClassDefFoundError && error.getCause() instanceof ExceptionInInitializerError;
    }

    /** What can be done about an error; empty where nothing is known. */
    public static String of(final Throwable error) {
        Throwable cause = error;
        for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
            final String remedy = ofOne(cause);
            if (!remedy.isEmpty()) {
                return remedy;
            }
            cause = cause.getCause();
        }
        return "";
    }

    private static String ofOne(final Throwable error) {
        final int errno = error instanceof NativeException failed && failed.errno() != 0 ? failed.errno()
            : errnoOf(error);
        if (errno != 0) {
            return ofErrno(errno);
        }
        if (error instanceof SecurityException) {
            return "grant the jar of Sluice java.security.AllPermission in the policy, or start without a security"
                + " manager";
        }
        if (error instanceof IllegalCallerException) {
            return "start the JVM with --enable-native-access=" + OWN_MODULE;
        }
        if (error instanceof OutOfMemoryError) {
            return String.valueOf(error.getMessage()).contains("Map failed")
                ? "raise the limit of address space (ulimit -v)" : "give the JVM more memory";
        }
        return error instanceof LinkageError ? ofLinkage(error) : "";
    }

    private static String ofErrno(final int errno) {
        return switch (errno) {
            case Errno.EMFILE -> MORE_FILES;
            case Errno.EFBIG -> "raise the limit of the size of files (ulimit -f)";
            default -> "";
        };
    }

    /** The errno behind an error of the JDK, which only tells the C library's text for it; 0 if it is none of these. */
    private static int errnoOf(final Throwable error) {
        final String text = String.valueOf(error.getMessage());
        return isText(text, Errno.EMFILE, "Too many open files") ? Errno.EMFILE
            : isText(text, Errno.EFBIG, "File too large") ? Errno.EFBIG : 0;
    }

    /** The text is in the language of this process. Without native calls, it can be told only if that is English. */
    private static boolean isText(final String text, final int errno, final String english) {
        if (text.contains(english)) {
            return true;
        }
        try {
            final String own = NativeCalls.errorTextOrNull(errno);
            return own != null && text.contains(own);
        } catch (final LinkageError e) {
            // The class cannot be loaded any more, so its text is unknown.
            return false;
        }
    }

    /** The JVM and JNA have no types for these failures; their messages are the same in every language. */
    private static String ofLinkage(final Throwable error) {
        final String text = String.valueOf(error.getMessage());
        if (text.contains("temporary file") || text.contains("failed to map segment")) {
            return "name a directory that can be written and from which code may be loaded: -Djna.tmpdir=DIR";
        }
        // The message is the name of a class that is missing, or cannot be read.
        if (text.startsWith("dev/sluice/")) {
            return "the jar of Sluice cannot be read: " + MORE_FILES;
        }
        return text.contains("java/util/logging")
            ? "add the module java.logging to this Java runtime (jlink --add-modules java.logging)" : "";
    }
}
