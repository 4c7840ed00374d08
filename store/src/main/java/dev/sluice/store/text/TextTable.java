// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Rows of cells in aligned columns. The text of a cell may come from anywhere. For one thread. */
public final class TextTable {
    private static final String GAP = "  ";
    private static final Pattern NUMBER = Pattern.compile("[-?]|[-+]?[0-9][0-9,.]*(/[0-9]+)?%?");

    private final List<Supplier<Object[]>> rows = new ArrayList<>();
    private final boolean isOfFigures;

    private TextTable(final boolean isOfFigures) {
        this.isOfFigures = isOfFigures;
    }

    /**
     * A table that decides for each column: it is aligned to the right if numbers are below its heading, else to the
     * left.
     */
    public static TextTable ofAnything() {
        return new TextTable(false);
    }

    /** A table whose first column is aligned to the left and all others to the right, whatever is in them. */
    public static TextTable ofFigures() {
        return new TextTable(true);
    }

    /** Adds a row. The first row is the heading. */
    public TextTable row(final Object... cells) {
        return row(() -> cells);
    }

    /**
     * Adds a row whose cells are computed each time they are needed, because all cells of a long table would not fit
     * into memory.
     */
    public TextTable row(final Supplier<Object[]> cells) {
        rows.add(cells);
        return this;
    }

    /** Widths of the columns; negative if a column is aligned to the left. */
    private int[] widths() {
        int[] widths = new int[0];
        boolean[] areLeft = new boolean[0];
        for (int r = 0; r < rows.size(); r++) {
            final String[] cells = texts(rows.get(r));
            if (cells.length > widths.length) {
                widths = Arrays.copyOf(widths, cells.length);
                areLeft = Arrays.copyOf(areLeft, cells.length);
            }
            for (int i = 0; i < cells.length; i++) {
                widths[i] = Math.max(widths[i], cells[i].length());
                // Fractions count as numbers here, and so do the marks for a missing number.
                areLeft[i] |= isOfFigures ? i == 0
                    : rows.size() == 1 || r > 0 && !NUMBER.matcher(cells[i]).matches();
            }
        }
        for (int i = 0; i < widths.length; i++) {
            widths[i] = areLeft[i] ? -widths[i] : widths[i];
        }
        return widths;
    }

    private static String[] texts(final Supplier<Object[]> row) {
        final Object[] cells = row.get();
        final String[] texts = new String[cells.length];
        for (int i = 0; i < cells.length; i++) {
            texts[i] = PrintedText.safe(String.valueOf(cells[i]));
        }
        return texts;
    }

    /** Passes on each line of the table, without line ends. */
    private void lines(final Consumer<String> out) {
        final int[] widths = widths();
        final StringBuilder line = new StringBuilder();
        for (final Supplier<Object[]> row : rows) {
            final String[] cells = texts(row);
            line.setLength(0);
            for (int i = 0; i < cells.length; i++) {
                final int padding = Math.abs(widths[i]) - cells[i].length();
                line.append(i == 0 ? "" : GAP).append(" ".repeat(widths[i] < 0 ? 0 : padding)).append(cells[i]);
                // The last cell of a row needs no padding, which could be long.
                line.append(" ".repeat(widths[i] < 0 && i < cells.length - 1 ? padding : 0));
            }
            out.accept(line.toString().stripTrailing());
        }
    }

    /** Writes all rows. */
    public void print(final PrintWriter out) {
        lines(out::println);
    }

    /** Appends all rows, with an indent before each. */
    public void appendTo(final StringBuilder text, final String indent) {
        lines(line -> text.append(indent).append(line).append('\n'));
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder();
        appendTo(text, "");
        return text.toString();
    }
}
