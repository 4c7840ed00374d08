// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import dev.sluice.store.text.PrintedText;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Set;

/** Prints a command's notices on standard error, one line each. Text from outside is made harmless. Stateless. */
public final class Notices {
    private Notices() {
    }

    /** Prints a line. */
    public static void print(final String text) {
        System.err.println(PrintedText.safe(text));
    }

    /** Prints a line, with numbers formatted as in all other output. */
    public static void print(final String format, final Object... arguments) {
        print(String.format(Locale.ROOT, format, arguments));
    }

    /** A failure's stack trace, in which line ends inside messages are removed. */
    public static String stackTrace(final Throwable failure) {
        final StringBuilder text = new StringBuilder();
        String title = "";
        // Causes may form a cycle; the loop must end all the same.
        final Set<Throwable> told = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Throwable e = failure; e != null && told.add(e); e = e.getCause()) {
            text.append(title).append(PrintedText.safe(e.toString())).append('\n');
            for (final StackTraceElement frame : e.getStackTrace()) {
                text.append("\tat ").append(PrintedText.safe(frame.toString())).append('\n');
            }
            for (final Throwable suppressed : e.getSuppressed()) {
                text.append("\tSuppressed: ").append(PrintedText.safe(suppressed.toString())).append('\n');
            }
            title = "Caused by: ";
        }
        return text.toString();
    }
}
