// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.command;

import dev.sluice.sql.SqlResult;
import dev.sluice.store.text.TextTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Prints rows in columns. Widths are those of so many rows at a time, so that a long result is printed as it comes. */
final class TextResult implements SqlResult {
    private static final int ROWS_AT_A_TIME = 5_000;
    /** Stands for null: a column of numbers stays one. */
    private static final String NOTHING = "-";
    /** A text that would look like null. */
    private static final String QUOTED = "\"-\"";

    private final Writer out;

    TextResult(final Writer out) {
        this.out = out;
    }

    @Override
    public void take(final ResultSet rows) throws SQLException, IOException {
        final Cells cells = new Cells(rows);
        TextTable table = TextTable.ofAnything().row((Object[]) cells.names());
        int count = 0;
        while (rows.next()) {
            final Object[] row = new Object[cells.names().length];
            for (int i = 0; i < row.length; i++) {
                final String text = cells.text(i);
                row[i] = text == null ? NOTHING : text.equals(NOTHING) ? QUOTED : text;
            }
            table.row(row);
            if (++count % ROWS_AT_A_TIME == 0) {
                print(table);
                table = TextTable.ofAnything();
            }
        }
        print(table);
    }

    private void print(final TextTable table) throws IOException {
        table.print(new PrintWriter(out));
        // A writer that fails is asked for its exception.
        out.flush();
    }
}
