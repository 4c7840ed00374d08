// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.cli;

import dev.sluice.consumer.store.PrintedText;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** An aligned text table: text to the left, numbers to the right. For one thread. */
final class Table {
    private static final Pattern NUMBER = Pattern.compile("[-?]|[-+]?[0-9][0-9,.]*(/[0-9]+)?%?");

    private final List<String[]> rows = new ArrayList<>();

    /** Adds a row, the first being the heading. */
    Table row(final Object... cells) {
        final String[] texts = new String[cells.length];
        for (int i = 0; i < cells.length; i++) {
            texts[i] = PrintedText.safe(String.valueOf(cells[i]));
        }
        rows.add(texts);
        return this;
    }

    /** Whether a column below the heading holds anything but numbers, fractions and marks for a missing one. */
    private boolean isText(final int column) {
        return rows.size() == 1 || rows.stream().skip(1)
            .anyMatch(row -> column < row.length && !NUMBER.matcher(row[column]).matches());
    }

    @Override
    public String toString() {
        final int columns = rows.stream().mapToInt(r -> r.length).max().orElse(0);
        final int[] widths = new int[columns];
        for (final String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        final StringBuilder text = new StringBuilder();
        for (final String[] row : rows) {
            final StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                final String padding = " ".repeat(widths[i] - row[i].length());
                line.append(i == 0 ? "" : "  ").append(isText(i) ? row[i] + padding : padding + row[i]);
            }
            text.append(line.toString().stripTrailing()).append(System.lineSeparator());
        }
        return text.toString();
    }
}
