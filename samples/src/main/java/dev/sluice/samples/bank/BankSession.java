// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples.bank;

import dev.sluice.trace.Sluice;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;

/** One thread's connection: runs statements and transactions, fires their events, and keeps the thread's journal. */
final class BankSession implements AutoCloseable {
    private static final BankTrace TRACE = Sluice.provider(BankTrace.class);

    private final Connection connection;
    private final Journal journal;
    private final int number;
    private final int sessions;
    private final Map<Query, PreparedStatement> statements = new EnumMap<>(Query.class);
    private long queries;
    private long transactions;
    private long attempts;
    private long fired;
    private long balance;

    /**
     * A session.
     *
     * @param number   of this session, from 0: its ids are those that leave this remainder when divided by
     * @param sessions how many there are
     */
    BankSession(final BankDatabase database, final Journal journal, final int number, final int sessions)
        throws SQLException {
        this.journal = journal;
        this.number = number;
        this.sessions = sessions;
        connection = database.connect();
        for (final Query query : Query.values()) {
            statements.put(query, connection.prepareStatement(query.sql()));
        }
    }

    /** Declares the tracepoints and makes them visible to tracers. */
    static void load() {
        // The class is initialised by this call.
    }

    /** A statement about one account, or about all (-1), outside of a transaction. */
    void ask(final Query query, final int account) throws SQLException {
        run(query, 0, account);
    }

    /** Moves an amount from one account to another, if there is enough on the first one. */
    void transfer(final int from, final int to, final long amount) throws SQLException {
        final Transaction transaction = new Transaction(Work.TRANSFER);
        // Always in the same order: two transactions never wait for each other.
        final long first = transaction.lock(Math.min(from, to));
        final long second = transaction.lock(Math.max(from, to));
        if ((from < to ? first : second) < amount) {
            transaction.refuse(amount);
            return;
        }
        transaction.change(from, -amount);
        transaction.change(to, amount);
        transaction.commit(amount);
    }

    /**
     * Pays interest to the accounts of a branch.
     *
     * @param letters what takes its time while the accounts stay locked
     */
    void payInterest(final int branch, final long amount, final Runnable letters) throws SQLException {
        final Transaction transaction = new Transaction(Work.INTEREST);
        final int accounts = BankDatabase.ACCOUNTS / BankDatabase.BRANCHES;
        for (int account = branch * accounts; account < (branch + 1) * accounts; account++) {
            transaction.lock(account);
            transaction.change(account, amount);
        }
        letters.run();
        transaction.commit(amount * accounts);
    }

    private int run(final Query query, final long tx, final int account, final long... values) throws SQLException {
        final PreparedStatement statement = statements.get(query);
        for (int i = 0; i < values.length; i++) {
            statement.setLong(i + 1, values[i]);
        }
        if (account >= 0) {
            statement.setInt(values.length + 1, account);
        }
        final long id = ++queries * sessions + number;
        final long before = System.nanoTime();
        count(TRACE.queryBegin(id, query, tx, account));
        final long since = System.nanoTime();
        final int rows = query.isSelect() ? read(statement) : statement.executeUpdate();
        final long until = System.nanoTime();
        count(TRACE.queryEnd(id, query, tx, rows));
        journal.add("query", before, since, until, System.nanoTime(), id, query, tx, account, rows);
        return rows;
    }

    private int read(final PreparedStatement statement) throws SQLException {
        int count = 0;
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                balance = rows.getLong(1);
                count++;
            }
        }
        return count;
    }

    private void count(final boolean isFired) {
        attempts++;
        fired += isFired ? 1 : 0;
    }

    long transactions() {
        return transactions;
    }

    long queries() {
        return queries;
    }

    long attempts() {
        return attempts;
    }

    long fired() {
        return fired;
    }

    Journal journal() {
        return journal;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    /** A transaction, from its begin to its end. */
    private final class Transaction {
        private final Work work;
        private final long tx = ++transactions * sessions + number;
        private final long before = System.nanoTime();
        private final long since;

        Transaction(final Work work) throws SQLException {
            this.work = work;
            count(TRACE.txBegin(tx, work));
            since = System.nanoTime();
            connection.setAutoCommit(false);
        }

        /** Waits for an account, and returns what it holds. */
        long lock(final int account) throws SQLException {
            final long begin = System.nanoTime();
            run(Query.LOCK_ACCOUNT, tx, account);
            final long locked = System.nanoTime();
            count(TRACE.locked(tx, account, locked - begin));
            journal.add("locked", locked, System.nanoTime(), tx, account, locked - begin);
            return balance;
        }

        void change(final int account, final long amount) throws SQLException {
            run(Query.CHANGE_BALANCE, tx, account, amount);
            run(Query.ADD_ENTRY, tx, account, amount);
        }

        void commit(final long amount) throws SQLException {
            final long begin = System.nanoTime();
            connection.commit();
            final long committed = System.nanoTime();
            count(TRACE.commit(tx, committed - begin));
            journal.add("commit", committed, System.nanoTime(), tx, committed - begin);
            end(Outcome.DONE, amount);
        }

        void refuse(final long amount) throws SQLException {
            connection.rollback();
            end(Outcome.REFUSED, amount);
        }

        private void end(final Outcome outcome, final long amount) throws SQLException {
            connection.setAutoCommit(true);
            final long until = System.nanoTime();
            count(TRACE.txEnd(tx, work, outcome, amount));
            journal.add("tx", before, since, until, System.nanoTime(), tx, work, outcome, amount);
        }
    }
}
