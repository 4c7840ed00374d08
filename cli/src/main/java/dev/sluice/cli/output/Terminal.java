// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import dev.sluice.store.text.PrintedText;
import java.io.Console;
import java.util.Locale;
import java.util.function.Supplier;

/** Progress on a terminal, on standard error; nothing in a pipe. For one thread. */
public final class Terminal {
    private static final long PERIOD_NS = 250_000_000L;

    private final boolean isInteractive;
    private long shownNs = System.nanoTime() - PERIOD_NS;
    private int shownLength;

    /** Shows something if input and output are a terminal. */
    public Terminal() {
        this(isInteractive());
    }

    private Terminal(final boolean isInteractive) {
        this.isInteractive = isInteractive;
    }

    /** Shows nothing: the terminal is another program's. */
    public static Terminal ofOthers() {
        return new Terminal(false);
    }

    /**
     * Whether input and output are a terminal. Since Java 22 there is a console object in a pipe too; the console
     * itself says whether it is a terminal.
     */
    public static boolean isInteractive() {
        final Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (final ReflectiveOperationException e) {
            return true;
        }
    }

    /** Shows a line in place of the previous line, some times a second. */
    public void progress(final String format, final Object... arguments) {
        progress(() -> String.format(Locale.ROOT, format, arguments));
    }

    /** The same with a line that is made only if it is shown. */
    public void progress(final Supplier<String> made) {
        if (isInteractive && System.nanoTime() - shownNs >= PERIOD_NS) {
            shownNs = System.nanoTime();
            final String line = PrintedText.safe(made.get());
            System.err.print("\r" + line + " ".repeat(Math.max(0, shownLength - line.length())));
            System.err.flush();
            shownLength = line.length();
        }
    }

    /** Shows a step that takes a while. */
    public void step(final String line) {
        shownNs -= PERIOD_NS;
        progress("%s", line);
    }

    /** Removes the line. */
    public void clear() {
        if (shownLength > 0) {
            System.err.print("\r" + " ".repeat(shownLength) + "\r");
            System.err.flush();
            shownLength = 0;
        }
    }
}
