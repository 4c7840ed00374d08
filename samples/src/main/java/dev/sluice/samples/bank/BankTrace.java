// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples.bank;

import dev.sluice.trace.TraceProvider;
import dev.sluice.trace.Unit;

/** The provider {@code bank}. A query outside of any transaction has the transaction 0. */
@TraceProvider("bank")
interface BankTrace {
    /** A statement is about to run; its account is -1 where it asks about all of them. */
    boolean queryBegin(long id, Query query, long tx, int account);

    /** Its rows have been read, or changed. */
    boolean queryEnd(long id, Query query, long tx, int rows);

    /** A transaction has the row of an account, and keeps it until its end. */
    boolean locked(long tx, int account, @Unit("ns") long waitNs);

    /** A transaction begins. */
    boolean txBegin(long tx, Work work);

    /** It is over; the amount is what it moved, or would have. */
    boolean txEnd(long tx, Work work, Outcome outcome, long amount);

    /** The database has committed it. */
    boolean commit(long tx, @Unit("ns") long tookNs);
}
