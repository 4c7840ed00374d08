// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import dev.sluice.samples.bank.Bank;
import dev.sluice.trace.Provider;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Set;

/** The sample program {@code bank}: a {@link Bank} from its options to what it says at its end. */
final class BankSample {
    private static final int MAX_TELLERS = 100;
    private static final int TELLERS = 4;
    private static final int OPERATIONS = 5_000;

    private BankSample() {
    }

    /**
     * Runs the sample.
     *
     * @return the exit status
     * @throws IllegalArgumentException if the options are wrong
     */
    static int run(final String[] arguments, final PrintStream out, final PrintStream err)
        throws IOException, InterruptedException {
        final SampleOptions options = new SampleOptions(arguments, Set.of("--wait"),
            Set.of("--threads", "--count", "--seed", "--record", "--wait-timeout"));
        final String record = options.text("--record", null);
        final Bank bank = new Bank(options.count("--threads", TELLERS, MAX_TELLERS),
            options.count("--count", OPERATIONS, Integer.MAX_VALUE), options.count("--seed", 1, Integer.MAX_VALUE),
            record != null);
        if (!new SampleStart(options).begin(Provider.named("bank"), bank::stop, out, err)) {
            return Main.FAILED;
        }
        final long begin = System.nanoTime();
        try {
            bank.work();
        } catch (final SQLException e) {
            err.println("sluice sample: H2: " + e.getMessage());
            return Main.FAILED;
        }
        if (record != null) {
            bank.writeRecord(Path.of(record));
        }
        out.println("{\"sample\":\"bank\",\"attempts\":" + bank.attempts() + ",\"fired\":" + bank.fired()
            + ",\"queries\":" + bank.queries() + ",\"transactions\":" + bank.transactions() + ",\"elapsed_ns\":"
            + (System.nanoTime() - begin) + "}");
        return 0;
    }
}
