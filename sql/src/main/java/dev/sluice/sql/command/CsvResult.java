// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.command;

import dev.sluice.sql.SqlResult;
import java.io.IOException;
import java.io.Writer;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Prints rows as RFC 4180 has them, lines ended by a line feed; null is nothing, and an empty text two quotes. */
final class CsvResult implements SqlResult {
    private final Writer out;

    CsvResult(final Writer out) {
        this.out = out;
    }

    @Override
    public void take(final ResultSet rows) throws SQLException, IOException {
        final Cells cells = new Cells(rows);
        for (int i = 0; i < cells.names().length; i++) {
            out.write(i == 0 ? "" : ",");
            final String name = cells.names()[i];
            out.write(name.matches("[A-Za-z0-9_]+") ? name : quoted(name));
        }
        out.write('\n');
        while (rows.next()) {
            for (int i = 0; i < cells.names().length; i++) {
                out.write(i == 0 ? "" : ",");
                final String text = cells.text(i);
                out.write(text == null ? "" : cells.isNumber(i) || cells.isBoolean(i) ? text : quoted(text));
            }
            out.write('\n');
        }
        out.flush();
    }

    private static String quoted(final String text) {
        return '"' + text.replace("\"", "\"\"") + '"';
    }
}
