// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.lang.reflect.InvocationTargetException;
import java.security.PrivilegedActionException;

/** What a user can do about an error of the environment that turns tracing off. Stateless: any thread. */
public final class Remedy {
    private static final int MAX_CAUSES = 16;
    private static final String TOO_MANY_FILES = "Too many open files";
    /** As the options of the java launcher name us. */
    private static final String OWN_MODULE =
        Remedy.class.getModule().isNamed() ? Remedy.class.getModule().getName() : "ALL-UNNAMED";

    private Remedy() {
    }

    /** Loads this class. */
    public static void prepare() {
        // The call has done it.
        return;
    }

    /** An error in a sentence, followed by what can be done about it if that is known. */
    public static String describe(final Throwable error) {
        Throwable said = error;
        for (int i = 0; i < MAX_CAUSES && isWrapper(said) && said.getCause() != null; i++) {
            said = said.getCause();
        }
        final String text =
            said.getMessage() == null || said instanceof Error ? said.toString() : said.getMessage();
        // A failed call has named its remedy.
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
        final String text = String.valueOf(error.getMessage());
        if (error instanceof SecurityException) {
            return "grant the jar of Sluice java.security.AllPermission in the policy, or start without a security"
                + " manager";
        }
        if (error instanceof IllegalCallerException) {
            return "start the JVM with --enable-native-access=" + OWN_MODULE;
        }
        if (text.contains(TOO_MANY_FILES)) {
            return "raise the limit of open files (ulimit -n)";
        }
        if (text.contains("File too large")) {
            return "raise the limit of the size of files (ulimit -f)";
        }
        if (error instanceof LinkageError && text.startsWith("dev/sluice/")) {
            return "the jar of Sluice cannot be read: raise the limit of open files (ulimit -n)";
        }
        if (error instanceof LinkageError && text.contains("java/util/logging")) {
            return "add the module java.logging to this Java runtime (jlink --add-modules java.logging)";
        }
        if (error instanceof LinkageError && text.contains("temporary file")
            || text.contains("failed to map segment")) {
            return "name a directory that can be written and from which code may be loaded: -Djna.tmpdir=DIR";
        }
        if (error instanceof OutOfMemoryError) {
            return text.contains("Map failed") ? "raise the limit of address space (ulimit -v)"
                : "give the JVM more memory";
        }
        return "";
    }
}
