// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.bench.SustainedRun.Kind;
import dev.sluice.bench.SustainedRun.Outcome;
import dev.sluice.bench.measure.Median;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * How many events a second are stored for as long as a program fires as fast as it can, and how that compares with a
 * plain copy of as many bytes to a new mapped file. In each round every kind is recorded once and the copy made once,
 * so what the machine does besides meets all alike. For one thread.
 */
final class Sustained {
    private static final long EVENTS = 48_000_000;
    private static final double LEAST_RATE = 40;
    private static final double LEAST_SHARE = 0.6;
    private static final double BUSY = 0.9;
    private static final String ONE = "one producer";
    private static final String TWO = "two producers";
    private static final String DISCARDING = "discarding for one second";
    private static final long LONGEST_MS = 30_000;
    private static final List<String> MODES = List.of("bpf", "shared", "pull");

    /** A figure that should be at least as large as its limit. */
    record Floor(String name, double limit, Median measured) {
        boolean isMet() {
            return measured.value() >= limit;
        }
    }

    private final SustainedRun run;
    private final Path directory;
    private final PrintWriter out;
    private final Map<String, List<Outcome>> outcomes = new LinkedHashMap<>();
    private final Map<String, List<Double>> shares = new LinkedHashMap<>();
    private final Map<String, List<Double>> twoOverOne = new LinkedHashMap<>();
    private final List<Double> copies = new ArrayList<>();

    /**
     * Nothing is measured yet.
     *
     * @param root      of the checkout
     * @param directory where traces and the copy go: their file system is a part of what is measured
     * @param flags     of the traced JVM
     */
    Sustained(final Path root, final Path directory, final List<String> flags, final PrintWriter out) {
        this.run = new SustainedRun(root, directory, flags);
        this.directory = directory;
        this.out = out;
    }

    /**
     * Measures a number of rounds and prints what came of them.
     *
     * @param canDrain whether this user may load BPF programs: else only the shared mode is measured
     * @return what was judged
     */
    List<Floor> measure(final int rounds, final boolean canDrain) throws IOException, InterruptedException {
        final List<String> modes = MODES.stream().filter(mode -> canDrain || mode.equals("shared")).toList();
        try {
            for (int round = 1; round <= rounds; round++) {
                measure(modes);
            }
        } finally {
            run.remove();
        }
        return print(modes);
    }

    private void measure(final List<String> modes) throws IOException, InterruptedException {
        final Map<String, Double> rates = new LinkedHashMap<>();
        for (final String mode : modes) {
            final Outcome one = measure(new Kind(name(ONE, mode), mode, "block", 1, EVENTS, LONGEST_MS));
            rates.put(name(ONE, mode), (double) one.fileBytes() / one.wallNs());
            final Outcome two = measure(new Kind(name(TWO, mode), mode, "block", 2, EVENTS / 2, LONGEST_MS));
            rates.put(name(TWO, mode), (double) two.fileBytes() / two.wallNs());
            note(twoOverOne, mode, two.millionsPerSecond() / one.millionsPerSecond());
        }
        final double copy = PlainCopy.gigabytesPerSecond(run.trace(), directory);
        copies.add(copy);
        rates.forEach((name, rate) -> note(shares, name, rate / copy));
        for (final String mode : modes) {
            measure(new Kind(name(DISCARDING, mode), mode, "discard", 1, Long.MAX_VALUE, 1000));
        }
    }

    private static String name(final String what, final String mode) {
        return what + (mode.equals("bpf") ? " by BPF" : ", " + mode);
    }

    private static void note(final Map<String, List<Double>> figures, final String name, final double value) {
        figures.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
    }

    private Outcome measure(final Kind kind) throws IOException, InterruptedException {
        final Outcome outcome = run.record(kind);
        if (kind.policy().equals("block") && outcome.refused() != 0) {
            throw new IllegalStateException("refused under BLOCK: " + kind + " " + outcome);
        }
        outcomes.computeIfAbsent(kind.name(), key -> new ArrayList<>()).add(outcome);
        return outcome;
    }

    private List<Floor> print(final List<String> modes) {
        final Median copy = median(copies);
        out.printf("plain copy to a new mapped file: %.2f GB/s [%.2f, %.2f]%n", copy.value(), copy.low(), copy.high());
        outcomes.keySet().forEach(this::print);
        final List<Floor> floors = new ArrayList<>();
        for (final String mode : modes) {
            final Median rate = median(name(ONE, mode), Outcome::millionsPerSecond);
            final Median share = median(shares.get(name(ONE, mode)));
            floors.add(rate.value() >= LEAST_RATE || share.value() < LEAST_SHARE
                ? new Floor(name(ONE, mode) + ", M events/s", LEAST_RATE, rate)
                : new Floor(name(ONE, mode) + ", of the plain copy", LEAST_SHARE, share));
            floors.add(new Floor(name(TWO, mode) + ", over one", 1, median(twoOverOne.get(mode))));
            floors.add(new Floor(name(DISCARDING, mode) + ", part that is stored", 1,
                median(name(DISCARDING, mode), Sustained::storedPart)));
        }
        floors.forEach(floor -> out.printf("%s %s: at least %.2f, measured %.4f [%.4f, %.4f]%n",
            floor.isMet() ? "met   " : "MISSED", floor.name(), floor.limit(), floor.measured().value(),
            floor.measured().low(), floor.measured().high()));
        out.flush();
        return floors;
    }

    private static double storedPart(final Outcome outcome) {
        return 1 - (double) outcome.refused() / outcome.events();
    }

    private String shortResource(final String name) {
        return shortResource(median(name, o -> (double) o.producerNs() / o.wallNs()).value(),
            median(name, o -> (double) o.consumerNs() / o.wallNs()).value(), name.startsWith(TWO) ? 2 : 1,
            median(name, Outcome::refused).value() > 0);
    }

    private void print(final String name) {
        final Median rate = median(name, Outcome::millionsPerSecond);
        final Median producer = median(name, o -> (double) o.producerNs() / o.wallNs());
        final Median consumer = median(name, o -> (double) o.consumerNs() / o.wallNs());
        out.printf("%s: %.1f M events/s [%.1f, %.1f]", name, rate.value(), rate.low(), rate.high());
        if (shares.containsKey(name)) {
            final Median share = median(shares.get(name));
            out.printf(", %.2f of the copy [%.2f, %.2f]", share.value(), share.low(), share.high());
        }
        out.printf("; processors %.2f program, %.2f recorder; short: %s", producer.value(), consumer.value(),
            shortResource(name));
        final Median refused = median(name, Outcome::refused);
        out.printf("%s%n", refused.high() == 0 ? "" : String.format("; %,.0f refused [%,.0f, %,.0f]", refused.value(),
            refused.low(), refused.high()));
    }

    /**
     * By the processors that each side had, on average: a thread that had less than one has waited for something.
     *
     * @param isRefusing whether the program does not wait, but has events refused
     */
    private static String shortResource(final double producer, final double consumer, final int threads,
                                        final boolean isRefusing) {
        if (producer >= BUSY * threads && !isRefusing) {
            return "nothing, as the program never waited";
        }
        if (producer + consumer >= BUSY * Runtime.getRuntime().availableProcessors()) {
            return "processors";
        }
        return consumer >= BUSY ? "the recorder's processor" : "the disk, or processors that others had";
    }

    /** Adds everything to a JSON object. */
    void write(final ObjectNode json) {
        json.set("plain_copy_gb_per_s", node(json, median(copies)));
        final ArrayNode kinds = json.putArray("kinds");
        outcomes.keySet().forEach(name -> {
            final ObjectNode kind = kinds.addObject().put("name", name);
            kind.set("m_events_per_s", node(kind, median(name, Outcome::millionsPerSecond)));
            if (shares.containsKey(name)) {
                kind.set("of_copy", node(kind, median(shares.get(name))));
            }
            kind.set("program_processors", node(kind, median(name, o -> (double) o.producerNs() / o.wallNs())));
            kind.set("recorder_processors", node(kind, median(name, o -> (double) o.consumerNs() / o.wallNs())));
            kind.set("refused", node(kind, median(name, Outcome::refused)));
            kind.put("short", shortResource(name));
        });
    }

    private static ObjectNode node(final ObjectNode factory, final Median median) {
        return factory.objectNode().put("median", median.value()).put("low", median.low()).put("high", median.high());
    }

    private Median median(final String name, final ToDoubleFunction<Outcome> figure) {
        return Median.of(outcomes.get(name).stream().mapToDouble(figure).toArray());
    }

    private static Median median(final List<Double> values) {
        return Median.of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
