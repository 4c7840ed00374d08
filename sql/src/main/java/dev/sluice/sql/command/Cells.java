// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.command;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;

/** The columns and the values of a result, as text. For one thread. */
final class Cells {
    private static final Set<String> NUMBERS = Set.of("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT",
        "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL");
    private static final int NANO_DIGITS = 9;
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
        .appendPattern("uuuu-MM-dd HH:mm:ss").appendFraction(ChronoField.NANO_OF_SECOND, NANO_DIGITS, NANO_DIGITS, true)
        .toFormatter(Locale.ROOT);

    private final ResultSet rows;
    private final String[] names;
    private final String[] types;

    Cells(final ResultSet rows) throws SQLException {
        this.rows = rows;
        final ResultSetMetaData columns = rows.getMetaData();
        names = new String[columns.getColumnCount()];
        types = new String[names.length];
        for (int i = 0; i < names.length; i++) {
            names[i] = columns.getColumnName(i + 1);
            types[i] = columns.getColumnTypeName(i + 1).replaceFirst("\\(.*", "");
        }
    }

    /** Names of the columns, perhaps the same one twice. */
    String[] names() {
        return names;
    }

    boolean isNumber(final int column) {
        return NUMBERS.contains(types[column]);
    }

    boolean isBoolean(final int column) {
        return types[column].equals("BOOLEAN");
    }

    /** The value in the row that is read now, or null. */
    String text(final int column) throws SQLException {
        final Object value = types[column].equals("BLOB") ? rows.getBytes(column + 1) : rows.getObject(column + 1);
        if (value == null) {
            return null;
        }
        if (value instanceof byte[] bytes) {
            return "0x" + HexFormat.of().formatHex(bytes);
        }
        if (types[column].startsWith("TIMESTAMP") && rows.getMetaData().getColumnType(column + 1) == Types.TIMESTAMP) {
            return TIME.format(rows.getObject(column + 1, LocalDateTime.class));
        }
        return value.toString();
    }
}
