// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.live;

import dev.sluice.cli.output.CommandException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;

/**
 * The terminal while a page is shown on it: its other screen, without a cursor, each key read at once. Closing gives it
 * back as it was. For one thread.
 */
final class TopScreen implements AutoCloseable {
    /** What a terminal has that does not say its size. */
    private static final int COLUMNS = 80;
    private static final int ROWS = 24;

    private final Terminal terminal;
    private final Attributes before;
    private final Display display;
    private Size size = new Size(0, 0);

    private TopScreen(final Terminal terminal) {
        this.terminal = terminal;
        before = terminal.enterRawMode();
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.cursor_invisible);
        terminal.puts(Capability.clear_screen);
        terminal.flush();
        display = new Display(terminal, true);
    }

    /**
     * Takes the terminal.
     *
     * @throws CommandException if it is none that can be drawn on
     */
    static TopScreen open() {
        try {
            // The command has handlers of its own for signals. A terminal of no kind would be drawn on as if it were a
            // printer.
            return new TopScreen(TerminalBuilder.builder().system(true).dumb(false).nativeSignals(false).build());
        } catch (final IOException | IllegalStateException e) {
            throw new CommandException("this terminal cannot be drawn on: " + e.getMessage()
                + "; 'sluice stat' prints the same as lines", e);
        }
    }

    /** Columns of the terminal now. */
    int columns() {
        return size.getColumns();
    }

    /** Rows of the terminal now. */
    int rows() {
        return size.getRows();
    }

    /** Asks for the terminal's size; if it has changed, all is drawn anew. */
    void measure() {
        final Size now = terminal.getSize();
        final Size known = new Size(now.getColumns() > 0 ? now.getColumns() : COLUMNS,
            now.getRows() > 0 ? now.getRows() : ROWS);
        if (!known.equals(size)) {
            size = known;
            display.resize(size.getRows(), size.getColumns());
            display.clear();
            terminal.puts(Capability.clear_screen);
        }
    }

    /** Draws lines that fit, the first and those of titles bold. */
    void draw(final List<String> lines) {
        final List<AttributedString> drawn = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            final boolean isTitle = i == 0 || lines.get(i).contains(" EVENTS/S ");
            drawn.add(new AttributedString(lines.get(i), isTitle ? AttributedStyle.BOLD : AttributedStyle.DEFAULT));
        }
        display.update(drawn, 0);
        terminal.flush();
    }

    /**
     * The next key.
     *
     * @param waitMs how long to wait for it
     * @return a character; negative if there is none, or the terminal has gone
     */
    int key(final long waitMs) {
        try {
            return terminal.reader().read(waitMs);
        } catch (final IOException e) {
            return -1;
        }
    }

    @Override
    public void close() {
        terminal.puts(Capability.cursor_visible);
        terminal.puts(Capability.exit_ca_mode);
        terminal.flush();
        terminal.setAttributes(before);
        try {
            terminal.close();
        } catch (final IOException e) {
            throw new CommandException("the terminal cannot be given back: " + e.getMessage() + "; 'reset' does", e);
        }
    }
}
