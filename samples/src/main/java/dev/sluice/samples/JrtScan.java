// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The sample program {@code jrt-scan}: reads the class files of the running JDK with several threads and fires an
 * event for each file, method and constant, about five million of a full JDK.
 * <p>
 * Reading is part of the program and takes the same time whether events are traced or not. The result names it apart
 * from the rest ({@code read_ns}), and {@code --pass} parses each file several times after one read, so that firing
 * outweighs it.
 */
final class JrtScan {
    private static final int MAX_THREADS = 1024;
    private static final int MAX_PASSES = 1_000_000;

    private final ClassesProvider classes = new ClassesProvider();
    private final Share share;
    private final int threads;
    private final int passes;
    private final boolean loop;
    private int scans;
    private long elapsedNs;
    private final List<JrtScanner.Result<ClassesProvider.FiringListener>> results = new ArrayList<>();

    private JrtScan(final SampleOptions options) {
        share = Share.parse(options.text("--share", "1/1"));
        threads = options.count("--threads", 2, MAX_THREADS);
        passes = options.count("--pass", 1, MAX_PASSES);
        loop = options.has("--loop");
    }

    /**
     * Runs the sample.
     *
     * @return the exit status
     * @throws IllegalArgumentException if the options are wrong
     */
    static int run(final String[] arguments, final PrintStream out, final PrintStream err)
        throws IOException, InterruptedException {
        final SampleOptions options = new SampleOptions(arguments, Set.of("--wait", "--wait-line", "--loop"),
            Set.of("--threads", "--share", "--pass", "--wait-timeout"));
        final SampleStart start = new SampleStart(options);
        final JrtScan scan = new JrtScan(options);
        final JrtScanner<ClassesProvider.FiringListener> scanner =
            new JrtScanner<>(JrtScanner.list(scan.share), scan.passes, scan.classes::newListener);
        if (!start.begin(scan.classes.provider(), scanner::stop, out, err)) {
            return Main.FAILED;
        }
        scan.scan(scanner);
        out.println(scan.toJson());
        return 0;
    }

    private void scan(final JrtScanner<ClassesProvider.FiringListener> scanner)
        throws IOException, InterruptedException {
        final long begin = System.nanoTime();
        do {
            results.addAll(scanner.scan(threads));
            scans++;
        } while (loop && !scanner.isStopped());
        elapsedNs = System.nanoTime() - begin;
    }

    private String toJson() {
        final EventTotals attempts =
            results.stream().map(result -> result.listener().totals()).reduce(EventTotals.NONE, EventTotals::plus);
        final ClassesProvider.Fired fired = results.stream().map(result -> result.listener().fired())
            .reduce(ClassesProvider.Fired.NONE, ClassesProvider.Fired::plus);
        return "{\"sample\":\"jrt-scan\",\"jdk\":\"" + Runtime.version() + "\",\"threads\":" + threads
            + ",\"share\":\"" + share + "\",\"passes\":" + passes + ",\"scans\":" + scans
            + ",\"elapsed_ns\":" + elapsedNs
            + ",\"read_ns\":" + results.stream().mapToLong(JrtScanner.Result::readNs).sum()
            + ",\"thread_ns\":" + results.stream().mapToLong(JrtScanner.Result::elapsedNs).sum()
            + ",\"attempts\":" + attempts.events() + ",\"fired\":" + fired.events()
            + ",\"attempted\":" + attempts.toJson() + ",\"fired_by_kind\":" + fired.toJson()
            + ",\"per_thread\":" + results.stream().map(JrtScan::toJson).collect(Collectors.joining(",", "[", "]"))
            + "}";
    }

    private static String toJson(final JrtScanner.Result<ClassesProvider.FiringListener> result) {
        return "{\"thread\":\"" + result.thread() + "\",\"attempts\":" + result.listener().totals().events()
            + ",\"fired\":" + result.listener().fired().events() + ",\"elapsed_ns\":" + result.elapsedNs()
            + ",\"read_ns\":" + result.readNs() + "}";
    }
}
