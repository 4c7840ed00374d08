// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.command;

import dev.sluice.sql.SqlResult;
import dev.sluice.store.text.PrintedText;
import java.io.IOException;
import java.io.Writer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;

/** Prints a JSON object for each row, on a line of its own. */
final class JsonResult implements SqlResult {
    private final Writer out;

    JsonResult(final Writer out) {
        this.out = out;
    }

    @Override
    public void take(final ResultSet rows) throws SQLException, IOException {
        final Cells cells = new Cells(rows);
        final String[] keys = keys(cells.names());
        final StringBuilder line = new StringBuilder();
        while (rows.next()) {
            line.setLength(0);
            for (int i = 0; i < keys.length; i++) {
                line.append(i == 0 ? '{' : ',').append(keys[i]).append(':');
                append(line, cells, i);
            }
            line.append("}\n");
            out.write(line.toString());
        }
        out.flush();
    }

    /** A name that is there twice is two keys. */
    private static String[] keys(final String[] names) {
        final String[] keys = new String[names.length];
        final Set<String> used = new HashSet<>();
        for (int i = 0; i < names.length; i++) {
            String name = names[i];
            for (int number = 2; !used.add(name); number++) {
                name = names[i] + '_' + number;
            }
            final StringBuilder key = new StringBuilder();
            PrintedText.quote(key, name);
            keys[i] = key.toString();
        }
        return keys;
    }

    private static void append(final StringBuilder line, final Cells cells, final int column) throws SQLException {
        final String text = cells.text(column);
        // JSON has no NaN and no infinity: those become texts.
        final boolean isNumber = cells.isNumber(column) && text != null && !text.endsWith("NaN")
            && !text.endsWith("Infinity");
        if (text == null) {
            line.append("null");
        } else if (isNumber || cells.isBoolean(column)) {
            line.append(text);
        } else {
            PrintedText.quote(line, text);
        }
    }
}
