// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import java.util.ArrayList;
import java.util.List;

/**
 * Rows of cells, whose text may be anybody's, the first column flush left and the others flush right. For one thread.
 */
public final class TextTable {
    private static final String GAP = "  ";

    private final List<String[]> rows = new ArrayList<>();

    public TextTable row(final String... cells) {
        final String[] texts = cells.clone();
        for (int i = 0; i < texts.length; i++) {
            texts[i] = PrintedText.safe(texts[i]);
        }
        rows.add(texts);
        return this;
    }

    /** Appends all rows, each behind an indent. */
    public void appendTo(final StringBuilder text, final String indent) {
        final int columns = rows.stream().mapToInt(row -> row.length).max().orElse(0);
        final int[] widths = new int[columns];
        for (final String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (final String[] row : rows) {
            text.append(indent);
            for (int i = 0; i < row.length; i++) {
                final String padding = " ".repeat(widths[i] - row[i].length());
                if (i > 0) {
                    text.append(GAP).append(padding).append(row[i]);
                } else {
                    text.append(row[i]).append(row.length > 1 ? padding : "");
                }
            }
            text.append('\n');
        }
    }
}
