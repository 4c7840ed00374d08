// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples.bank;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** The bank's database: H2 in memory, which keeps statistics of its statements. Any thread may open connections. */
final class BankDatabase implements AutoCloseable {
    static final int ACCOUNTS = 200;
    static final int BRANCHES = 10;
    private static final long FIRST_BALANCE = 1_000;
    /** Long enough for a machine that is overloaded: who waits for an account gets it at last. */
    private static final long LOCK_TIMEOUT_MS = 60_000;

    private final String url;
    /** The database is there as long as this connection is. */
    private final Connection keeper;

    /** Makes it. */
    BankDatabase() throws SQLException {
        url = "jdbc:h2:mem:bank-" + System.identityHashCode(this) + ";LOCK_TIMEOUT=" + LOCK_TIMEOUT_MS
            + ";DB_CLOSE_ON_EXIT=FALSE";
        keeper = connect();
        try (Statement statement = keeper.createStatement()) {
            statement.execute("create table account(id int primary key, branch int not null, balance bigint not null)");
            statement.execute("create table entry(id bigint auto_increment primary key, account int not null,"
                + " amount bigint not null)");
            statement.execute("create index entries on entry(account, id)");
            statement.execute("insert into account select x, x / " + ACCOUNTS / BRANCHES + ", " + FIRST_BALANCE
                + " from system_range(0, " + (ACCOUNTS - 1) + ")");
            statement.execute("set query_statistics true");
        }
    }

    /** Opens a connection. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(url, new Properties());
    }

    /** What H2 has counted of each query: its runs, rows, and greatest and summed milliseconds, apart by tabs. */
    List<String> statistics() throws SQLException {
        final List<String> lines = new ArrayList<>();
        try (PreparedStatement statement = keeper.prepareStatement("select execution_count, cumulative_row_count,"
            + " max_execution_time, cumulative_execution_time from information_schema.query_statistics"
            + " where sql_statement = ?")) {
            for (final Query query : Query.values()) {
                statement.setString(1, query.sql());
                try (ResultSet rows = statement.executeQuery()) {
                    // A statement that nobody has run has no row.
                    if (rows.next()) {
                        lines.add("h2\t" + query + "\t" + rows.getLong(1) + "\t" + rows.getLong(2) + "\t"
                            + rows.getDouble(3) + "\t" + rows.getDouble(4));
                    }
                }
            }
        }
        return lines;
    }

    @Override
    public void close() throws SQLException {
        keeper.close();
    }
}
