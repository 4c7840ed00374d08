// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples.bank;

/** The statements of the bank. */
enum Query {
    /** What an account holds. */
    BALANCE("select balance from account where id = ?"),
    /** Its last entries. */
    LAST_ENTRIES("select id, amount from entry where account = ? order by id desc limit 10"),
    /** Reads an account, and keeps others from changing it. */
    LOCK_ACCOUNT("select balance from account where id = ? for update"),
    /** Adds to an account. */
    CHANGE_BALANCE("update account set balance = balance + ? where id = ?"),
    /** Writes down what was added. */
    ADD_ENTRY("insert into entry(amount, account) values (?, ?)"),
    /** Reads all accounts. */
    BRANCH_TOTALS("select branch, count(*), sum(balance) from account group by branch");

    private final String sql;

    Query(final String sql) {
        this.sql = sql;
    }

    String sql() {
        return sql;
    }

    boolean isSelect() {
        return sql.startsWith("select ");
    }
}
