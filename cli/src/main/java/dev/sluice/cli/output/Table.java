// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import dev.sluice.store.text.PrintedText;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** An aligned text table: text to the left, numbers to the right. For one thread. */
public final class Table {
    private static final Pattern NUMBER = Pattern.compile("[-?]|[-+]?[0-9][0-9,.]*(/[0-9]+)?%?");

    private final List<Supplier<Object[]>> rows = new ArrayList<>();

    /** Adds a row, the first being the heading. */
    public Table row(final Object... cells) {
        rows.add(() -> cells);
        return this;
    }

    /** Adds a row whose cells are made whenever they are needed, as a long table would not fit into memory. */
    public Table row(final Supplier<Object[]> cells) {
        rows.add(cells);
        return this;
    }

    /** Widths of the columns; negative where a column holds text. */
    private int[] widths() {
        int[] widths = new int[0];
        boolean[] areTexts = new boolean[0];
        for (int r = 0; r < rows.size(); r++) {
            final Object[] cells = rows.get(r).get();
            if (cells.length > widths.length) {
                widths = Arrays.copyOf(widths, cells.length);
                areTexts = Arrays.copyOf(areTexts, cells.length);
            }
            for (int i = 0; i < cells.length; i++) {
                final String text = PrintedText.safe(String.valueOf(cells[i]));
                widths[i] = Math.max(widths[i], text.length());
                // A column holds numbers, fractions and marks for a missing one below its heading, or it is text.
                areTexts[i] |= rows.size() == 1 || r > 0 && !NUMBER.matcher(text).matches();
            }
        }
        for (int i = 0; i < widths.length; i++) {
            widths[i] = areTexts[i] ? -widths[i] : widths[i];
        }
        return widths;
    }

    /** Writes all rows. */
    public void print(final PrintWriter out) {
        final int[] widths = widths();
        final StringBuilder line = new StringBuilder();
        for (final Supplier<Object[]> row : rows) {
            final Object[] cells = row.get();
            line.setLength(0);
            for (int i = 0; i < cells.length; i++) {
                final String text = PrintedText.safe(String.valueOf(cells[i]));
                final int padding = Math.abs(widths[i]) - text.length();
                line.append(i == 0 ? "" : "  ").append(" ".repeat(widths[i] < 0 ? 0 : padding)).append(text);
                // Nothing follows the last text: it needs no padding, which may be long.
                line.append(" ".repeat(widths[i] < 0 && i < cells.length - 1 ? padding : 0));
            }
            out.println(line.toString().stripTrailing());
        }
    }

    @Override
    public String toString() {
        final StringWriter text = new StringWriter();
        final PrintWriter out = new PrintWriter(text);
        print(out);
        out.flush();
        return text.toString();
    }
}
