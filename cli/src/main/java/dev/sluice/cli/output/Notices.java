// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import dev.sluice.store.text.PrintedText;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Set;

/**
 * What a command has to say on standard error: a line each, with what is in it from outside made harmless. Stateless.
 */
public final class Notices {
    private Notices() {
    }

    /** Prints a line. */
    public static void print(final String text) {
        System.err.println(PrintedText.safe(text));
    }

    /** Prints a line, with numbers as everywhere else. */
    public static void print(final String format, final Object... arguments) {
        print(String.format(Locale.ROOT, format, arguments));
    }

    /** A failure's stack trace, in which no message begins a line of its own. */
    public static String stackTrace(final Throwable failure) {
        final StringBuilder text = new StringBuilder();
        String title = "";
        // A cycle of causes is legal, and must end.
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
