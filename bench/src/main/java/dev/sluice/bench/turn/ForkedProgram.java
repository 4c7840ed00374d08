// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.turn;

import dev.sluice.bench.fire.Account;
import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.MeasuredPath;
import dev.sluice.bench.measure.FireTimes;
import dev.sluice.bench.measure.MeasuringJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program that measures by itself around one way in Java, in a JVM of its own. Its arguments are a text of its
 * own, the ms of the warm-up, the number of iterations and the ms of each; it leaves an {@link Account}, and prints
 * what {@link #print} prints. Immutable.
 */
public final class ForkedProgram implements Contestant.Runner {
    private static final String NS = "ns";
    private static final String FIRES = "fires";
    private static final int PATIENCE_S = 120;

    private final Class<?> program;
    private final String own;
    private final Length length;
    private final Class<? extends FirePath> path;
    private final String argument;
    private final List<String> flags;

    /**
     * How many times as long as a turn of the loop it takes.
     *
     * @param warmUp    of it, at least 1
     * @param iteration of each, at least 1
     */
    public record Length(int warmUp, int iteration) {
    }

    /**
     * For turns.
     *
     * @param program  with {@code main}
     * @param own      its first argument
     * @param length   of its turns
     * @param path     the way
     * @param argument of the way's constructor; empty for none
     * @param flags    of the JVM, after those of this one
     */
    public ForkedProgram(final Class<?> program, final String own, final Length length,
                         final Class<? extends FirePath> path, final String argument, final List<String> flags) {
        this.program = program;
        this.own = own;
        this.length = length;
        this.path = path;
        this.argument = argument;
        this.flags = List.copyOf(flags);
    }

    @Override
    public Turn run(final Path directory, final Effort effort) throws IOException {
        final Path account = directory.resolve("account");
        final List<String> properties = new ArrayList<>(flags);
        properties.addAll(MeasuredPath.properties(path, argument, account,
            Files.createDirectory(directory.resolve("files"))));
        final long warmUpMs = (long) effort.warmUps() * effort.warmUpMs() * length.warmUp();
        final int iterationMs = effort.iterationMs() * length.iteration();
        final long allMs = warmUpMs + (long) effort.iterations() * iterationMs;
        final String printed = MeasuringJvm.run(properties, program,
            PATIENCE_S + (int) TimeUnit.MILLISECONDS.toSeconds(allMs), own,
            Long.toString(warmUpMs), Integer.toString(effort.iterations()), Integer.toString(iterationMs));
        final Account told = Account.read(account);
        return printed.isEmpty() || !told.failure().isEmpty()
            ? Turn.failed(told.failure().isEmpty() ? "its JVM has not ended in order" : told.failure())
            : turn(printed, told);
    }

    private static Turn turn(final String printed, final Account told) {
        List<Double> ns = List.of();
        FireTimes times = FireTimes.NONE;
        for (final String line : printed.lines().toList()) {
            final String[] words = line.split(" ", 2);
            if (words[0].equals(NS)) {
                ns = Arrays.stream(words[1].split(" ")).map(Double::valueOf).toList();
            } else if (words[0].equals(FIRES)) {
                times = FireTimes.parse(words[1]);
            }
        }
        return new Turn(ns, Double.NaN, told.fired(), told.stored(), told.spent(), times, "");
    }

    /**
     * What such a program prints in the end.
     *
     * @param ns    of each iteration
     * @param times of what it has timed one by one; may be {@link FireTimes#NONE}
     */
    public static void print(final List<Double> ns, final FireTimes times) {
        System.out.println(NS + " " + String.join(" ", ns.stream().map(Object::toString).toList()));
        if (!times.isNone()) {
            System.out.println(FIRES + " " + times.text());
        }
    }
}
