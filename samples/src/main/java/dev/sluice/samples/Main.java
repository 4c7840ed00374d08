// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Set;

/** Starts a sample program by its name: {@code Main NAME [OPTIONS]}. */
public final class Main {
    static final int FAILED = 1;
    static final int USAGE = 2;

    private static final String NAMES = "jrt-scan, jrt-truth, bank, hello, tick-tock, random, latency";
    private static final String HELP = """
        Usage: sluice sample NAME [OPTIONS]

        jrt-scan   reads every class file of the running JDK; provider classes: parsed, method, constant
          --threads N        threads that read, default 2
          --share 1/K        every K-th class file in sorted order, default 1/1
          --pass N           parse each file N times, default 1
          --loop             scan again until interrupted
          --wait-line        begin when a line comes on standard input
        jrt-truth  prints what jrt-scan must fire, computed without Sluice
          --share 1/K        as above
        bank       tellers over an H2 database in memory; provider bank: queryBegin, queryEnd, locked, txBegin,
                   txEnd, commit (docs/analysis.md)
          --threads N        tellers, default 4
          --count N          operations of each teller, default 5000
          --seed N           of what they do, default 1
          --record FILE      write what each thread did, and H2's statistics, to FILE
        hello      fires hello:world, a number and a text, at a steady rate
        tick-tock  fires ticktock:tick and :tock, which say what the probe before them cost
        random     fires random:value, numbers from 0 to 99 that lie around 50
        latency    times blocks of work: latency:work_begin and :work_end
          --rate N           a second; default: hello 10, tick-tock 100, random and latency 1000
          --count N          ends after as many; default: runs until interrupted

        Options of all but jrt-truth
          --wait             begin when a tracer is attached
          --wait-timeout T   give up waiting after this time, default 60s

        The first line is "pid N", the last a JSON object with what was fired.
        """;

    private Main() {
    }

    /** Runs the sample named first. */
    public static void main(final String[] arguments) throws InterruptedException {
        final int status = run(arguments, System.out, System.err);
        // No exit without need: it would wait for ever for the shutdown hook that waits for this thread.
        if (status != 0) {
            System.exit(status);
        }
    }

    static int run(final String[] arguments, final PrintStream out, final PrintStream err)
        throws InterruptedException {
        final String name = arguments.length == 0 ? "" : arguments[0];
        if (arguments.length > 0 && (name.equals("--help") || Arrays.asList(arguments).contains("--help"))) {
            out.print(HELP);
            return 0;
        }
        final String[] rest = arguments.length == 0 ? arguments : Arrays.copyOfRange(arguments, 1, arguments.length);
        try {
            return switch (name) {
                case "jrt-scan" -> JrtScan.run(rest, out, err);
                case "jrt-truth" -> truth(rest, out);
                case "bank" -> BankSample.run(rest, out, err);
                case "hello" -> Hello.run(rest, out, err);
                case "tick-tock" -> TickTock.run(rest, out, err);
                case "random" -> RandomValues.run(rest, out, err);
                case "latency" -> LatencyOfWork.run(rest, out, err);
                case "" -> throw new IllegalArgumentException("which sample? one of " + NAMES);
                default -> throw new IllegalArgumentException(
                    "no sample '" + name + "': there are " + NAMES);
            };
        } catch (final IllegalArgumentException e) {
            err.println("sluice sample: " + e.getMessage() + "; see sluice sample --help");
            return USAGE;
        } catch (final IOException e) {
            err.println("sluice sample: " + e.getMessage());
            return FAILED;
        }
    }

    private static int truth(final String[] arguments, final PrintStream out) throws IOException {
        final SampleOptions options = new SampleOptions(arguments, Set.of(), Set.of("--share"));
        out.println(JrtTruth.compute(Share.parse(options.text("--share", "1/1"))).toJson());
        return 0;
    }
}
