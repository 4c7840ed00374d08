// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.workload;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;

/**
 * A database of H2 in this process's memory, and a mix of queries to it: of 100 about 70 read a row by its key, 15 read
 * the {@value #ROWS} rows of a group, 10 change a row, 5 insert one. It reports when a query begins and ends, and each
 * row that is read. What it reads and changes is checked. For one thread.
 */
final class QueryMix implements AutoCloseable {
    /** Rows of a group. */
    static final int ROWS = 20;
    private static final int GROUPS = 1_000;
    private static final int BY_KEY = 70;
    private static final int BY_GROUP = 85;
    private static final int CHANGE = 95;
    private static final int HUNDRED = 100;
    /** Each run asks the same. */
    private static final long SEED = 20_240_229;

    private final Connection connection;
    private final PreparedStatement byKey;
    private final PreparedStatement byGroup;
    private final PreparedStatement change;
    private final PreparedStatement insert;
    private final Random random = new Random(SEED);
    private final Runnable report;
    private long changed;
    private long inserted;

    /**
     * Fills the database.
     *
     * @param report is run for each event
     */
    QueryMix(final Runnable report) throws SQLException {
        this.report = report;
        connection = DriverManager.getConnection("jdbc:h2:mem:");
        try (Statement statement = connection.createStatement()) {
            statement.execute("create table item(id int primary key, family int, price bigint, changes bigint)");
            statement.execute("create table sale(id bigint primary key, item int, price bigint)");
            statement.execute("insert into item select x, mod(x, " + GROUPS + "), x * 10, 0 from system_range(0, "
                + (GROUPS * ROWS - 1) + ")");
            statement.execute("create index of_family on item(family)");
        }
        byKey = connection.prepareStatement("select price from item where id = ?");
        byGroup = connection.prepareStatement("select id, price from item where family = ?");
        change = connection.prepareStatement("update item set changes = changes + 1 where id = ?");
        insert = connection.prepareStatement("insert into sale values(?, ?, ?)");
    }

    /** Asks one query. */
    void query() throws SQLException {
        final int kind = random.nextInt(HUNDRED);
        final int key = random.nextInt(GROUPS * ROWS);
        report.run();
        if (kind < BY_KEY) {
            byKey.setInt(1, key);
            readOne(key);
        } else if (kind < BY_GROUP) {
            byGroup.setInt(1, key % GROUPS);
            readGroup(key % GROUPS);
        } else if (kind < CHANGE) {
            change.setInt(1, key);
            changed += require(1, change.executeUpdate());
        } else {
            insert.setLong(1, inserted++);
            insert.setInt(2, key);
            insert.setLong(3, key * 10L);
            require(1, insert.executeUpdate());
        }
        report.run();
    }

    private void readOne(final int key) throws SQLException {
        try (ResultSet rows = byKey.executeQuery()) {
            require(1, rows.next() ? 1 : 0);
            report.run();
            require(key * 10L, rows.getLong(1));
        }
    }

    private void readGroup(final int group) throws SQLException {
        int count = 0;
        try (ResultSet rows = byGroup.executeQuery()) {
            while (rows.next()) {
                report.run();
                require(group, rows.getInt(1) % GROUPS);
                count++;
            }
        }
        require(ROWS, count);
    }

    private static long require(final long expected, final long actual) {
        if (actual != expected) {
            throw new IllegalStateException("the database has answered something else: expected=" + expected
                + " actual=" + actual);
        }
        return actual;
    }

    /**
     * Compares what the database has with what was asked of it.
     *
     * @throws IllegalStateException if a change is not there
     */
    void check() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet sum = statement.executeQuery("select sum(changes) from item")) {
                sum.next();
                require(changed, sum.getLong(1));
            }
            try (ResultSet count = statement.executeQuery("select count(*) from sale")) {
                count.next();
                require(inserted, count.getLong(1));
            }
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
