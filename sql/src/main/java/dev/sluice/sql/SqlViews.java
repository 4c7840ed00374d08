// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The views over our tables. A tracepoint has two names: {@code provider.tracepoint}, and the one that print has, in
 * quotes. For one thread.
 */
final class SqlViews {
    /** Schemas and databases of DuckDB's own: a provider of such a name has none. */
    private static final Set<String> RESERVED =
        Set.of("main", "memory", "temp", "system", "pg_catalog", "information_schema");

    private final TableScan scan;
    private final Map<Integer, String> views = new HashMap<>();
    private final Set<Integer> loaded = new HashSet<>();
    private final SqlNames mainNames = new SqlNames();
    private final Map<String, SqlNames> schemaNames = new HashMap<>();
    private final List<Object[]> tracepoints = new ArrayList<>();

    SqlViews(final TableScan scan) {
        this.scan = scan;
    }

    /** Makes the view of a table that is no tracepoint's. */
    void add(final Statement statement, final String name, final SqlTable table) throws SQLException {
        final int number = scan.add(table);
        views.put(number, SqlNames.quote(mainNames.unique(name)));
        define(statement, number);
    }

    /** Makes the views of a tracepoint. */
    void add(final Statement statement, final EventTable table) throws SQLException {
        final int number = scan.add(table);
        final String provider = table.schema().provider();
        final String printed = SqlNames.quote(mainNames.unique(table.schema().name()));
        final String schemaKey = provider.toLowerCase(Locale.ROOT);
        if (RESERVED.contains(schemaKey)) {
            views.put(number, printed);
            define(statement, number);
        } else {
            final String schema = SqlNames.quote(provider.isEmpty() ? "_" : provider.replace('\0', '\ufffd'));
            final String view = schema + '.' + SqlNames.quote(
                schemaNames.computeIfAbsent(schemaKey, key -> new SqlNames()).unique(table.schema().tracepoint()));
            statement.execute("CREATE SCHEMA IF NOT EXISTS " + schema);
            views.put(number, view);
            define(statement, number);
            statement.execute("CREATE VIEW main." + printed + " AS SELECT * FROM " + view);
        }
        tracepoints.add(new Object[] {table.schema().name(), views.get(number), table.schema().provider(),
            table.schema().tracepoint(), (long) table.schema().fields().size()});
    }

    /** Of all tracepoints: name, view, provider, tracepoint, number of fields. */
    List<Object[]> tracepoints() {
        return tracepoints;
    }

    /** Tables of tracepoints that are not in memory, out of these. */
    List<Integer> notLoaded(final Set<Integer> numbers) {
        return numbers.stream().filter(number -> scan.table(number) instanceof EventTable && !loaded.contains(number))
            .toList();
    }

    /** Copies a table into DuckDB's memory, and lets its view read it there. */
    void load(final Statement statement, final int number) throws SQLException {
        statement.execute(
            "CREATE OR REPLACE TABLE main." + memory(number) + " AS SELECT * FROM " + TableScan.source(number));
        loaded.add(number);
        define(statement, number);
    }

    private static String memory(final int number) {
        return "\"sluice:loaded:" + number + '"';
    }

    private void define(final Statement statement, final int number) throws SQLException {
        final String from = loaded.contains(number) ? "main." + memory(number) : TableScan.source(number);
        statement.execute("CREATE OR REPLACE VIEW " + views.get(number) + " AS " + select(scan.table(number), from));
    }

    /** What a view of a table shows. */
    static String select(final SqlTable table, final String from) {
        final List<String> items = Stream.concat(table.items().stream(),
            table.columns().stream().map(TableColumn::item)).toList();
        return "SELECT " + String.join(", ", items) + " FROM " + from;
    }
}
