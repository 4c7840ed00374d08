// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples.bank;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A bank over an H2 database in memory. Tellers ask for balances and move money; one account gets a fifth of all
 * transfers. Every some ten milliseconds an interest run locks all accounts of a branch, and writes letters before it
 * commits. So there are queries that wait, and something to find out. {@link #work()} is called once; {@link #stop()}
 * by any thread.
 */
public final class Bank {
    private static final int PERCENT = 100;
    /** Of a hundred operations, those up to here ask for a balance, for entries, for a transfer; others for totals. */
    private static final int[] UP_TO = {55, 70, 98};
    private static final int BUSY_ACCOUNT = 0;
    private static final int BUSY_SHARE = 5;
    private static final int MOST_AMOUNT = 500;
    private static final long LETTERS_MS = 15;
    private static final long PAUSE_MS = 40;

    private final int tellers;
    private final int operations;
    private final long seed;
    private final boolean isRecorded;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final CountDownLatch closed;
    private final List<BankSession> sessions = new ArrayList<>();
    private List<String> statistics = List.of();

    /**
     * A bank that has not opened yet. Its tracepoints are there.
     *
     * @param tellers    how many threads
     * @param operations how many each of them does
     * @param seed       of what they do
     * @param isRecorded whether a record is kept
     */
    public Bank(final int tellers, final int operations, final long seed, final boolean isRecorded) {
        this.tellers = tellers;
        this.operations = operations;
        this.seed = seed;
        this.isRecorded = isRecorded;
        closed = new CountDownLatch(tellers);
        BankSession.load();
    }

    /** Part of a teller's or of the interest run's work. */
    private interface Operation {
        void run() throws SQLException;
    }

    /**
     * Does all the work, with a thread for each teller and one for the interest.
     *
     * @throws SQLException if H2 fails, or is not there
     */
    public void work() throws SQLException, InterruptedException {
        try (BankDatabase database = new BankDatabase()) {
            final List<FutureTask<Void>> tasks = new ArrayList<>();
            for (int i = 0; i <= tellers; i++) {
                final boolean isTeller = i < tellers;
                final String name = isTeller ? "teller-" + i : "interest";
                final BankSession session =
                    new BankSession(database, new Journal(isRecorded, name), i, tellers + 1);
                sessions.add(session);
                final Random random = new Random(seed + i);
                tasks.add(start(name, isTeller ? () -> serve(session, random) : () -> payInterest(session)));
            }
            for (final FutureTask<Void> task : tasks) {
                join(task);
            }
            statistics = database.statistics();
            for (final BankSession session : sessions) {
                session.close();
            }
        }
    }

    private static FutureTask<Void> start(final String name, final Operation operation) {
        final FutureTask<Void> task = new FutureTask<>(() -> {
            operation.run();
            return null;
        });
        new Thread(task, name).start();
        return task;
    }

    private void join(final FutureTask<Void> task) throws SQLException, InterruptedException {
        try {
            task.get();
        } catch (final ExecutionException e) {
            stop();
            if (e.getCause() instanceof SQLException failed) {
                throw failed;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private void serve(final BankSession session, final Random random) throws SQLException {
        try {
            for (int i = 0; i < operations && stopped.getCount() > 0; i++) {
                final int kind = random.nextInt(PERCENT);
                final int account = random.nextInt(BankDatabase.ACCOUNTS);
                if (kind < UP_TO[0]) {
                    session.ask(Query.BALANCE, account);
                } else if (kind < UP_TO[1]) {
                    session.ask(Query.LAST_ENTRIES, account);
                } else if (kind < UP_TO[2]) {
                    final int to = random.nextInt(BUSY_SHARE) == 0 ? BUSY_ACCOUNT
                        : random.nextInt(BankDatabase.ACCOUNTS);
                    session.transfer(account, to == account ? (to + 1) % BankDatabase.ACCOUNTS : to,
                        1 + random.nextInt(MOST_AMOUNT));
                } else {
                    session.ask(Query.BRANCH_TOTALS, -1);
                }
            }
        } finally {
            closed.countDown();
        }
    }

    private void payInterest(final BankSession session) throws SQLException {
        int branch = 0;
        do {
            session.payInterest(branch, 1, () -> isClosedWithin(LETTERS_MS));
            branch = (branch + 1) % BankDatabase.BRANCHES;
        } while (!isClosedWithin(PAUSE_MS));
    }

    private boolean isClosedWithin(final long ms) {
        try {
            return closed.await(ms, TimeUnit.MILLISECONDS);
        } catch (final InterruptedException e) {
            return true;
        }
    }

    /** Tellers do no more than what they have begun. */
    public void stop() {
        stopped.countDown();
    }

    /** How many events there were, whether anybody wanted them or not. */
    public long attempts() {
        return sessions.stream().mapToLong(BankSession::attempts).sum();
    }

    /** How many of them were fired into a ring. */
    public long fired() {
        return sessions.stream().mapToLong(BankSession::fired).sum();
    }

    /** How many statements H2 has run. */
    public long queries() {
        return sessions.stream().mapToLong(BankSession::queries).sum();
    }

    /** How many transactions there were. */
    public long transactions() {
        return sessions.stream().mapToLong(BankSession::transactions).sum();
    }

    /** Writes what each thread did, and H2's statistics; a bank that is not recorded has these alone. */
    public void writeRecord(final Path file) throws IOException {
        Files.write(file, (Iterable<String>) Stream.concat(statistics.stream(),
            sessions.stream().flatMap(session -> session.journal().lines()))::iterator);
    }
}
