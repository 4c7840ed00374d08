// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import dev.sluice.store.pair.PairName;
import dev.sluice.store.query.SelectionException;
import java.util.List;
import java.util.stream.Stream;

/**
 * Questions about a trace in addition to its report. Immutable; each method that adds something returns new questions.
 * <p> A field is {@code price}, of every event that has it, or {@code shop:order.price}, where the event may be a
 * pattern.
 *
 * @param by       fields; figures are wanted for each of their values. {@code thread} stands for the thread
 * @param histograms fields whose histograms are wanted
 * @param isLinear true if the bounds of histograms are equally far apart, false if they are powers of two
 * @param top      how many values of a field are told apart
 * @param order    a field whose sums say which values are told apart, or null for the most frequent values
 * @param measured the only field of which each value has figures, or null for every numeric field
 * @param pairs    which events begin and end something; the questions about fields are then about these pairs
 * @param slowest  asks what took longest, or null
 */
public record Questions(List<String> by, List<String> histograms, boolean isLinear, int top, String order,
    String measured, List<PairName> pairs, SlowestQuestion slowest, boolean isOverTime) {
    /** No question. */
    public static final Questions NONE = new Questions(List.of(), List.of(), false, 20, null, null, List.of(), null,
        false);
    /** The most values of a field that are told apart; each of them takes memory for its figures. */
    public static final int MOST_VALUES = 1_000;

    /** Checks the numbers. */
    public Questions {
        by = List.copyOf(by);
        histograms = List.copyOf(histograms);
        pairs = List.copyOf(pairs);
        if (top < 1 || top > MOST_VALUES) {
            throw new SelectionException("the number of values is not from 1 to " + MOST_VALUES + ": " + top);
        }
    }

    private static <T> List<T> joined(final List<T> before, final List<T> more) {
        return Stream.concat(before.stream(), more.stream()).toList();
    }

    /** Adds fields. Figures are wanted for each of their values. */
    public Questions by(final String... fields) {
        return new Questions(joined(by, List.of(fields)), histograms, isLinear, top, order, measured, pairs, slowest,
            isOverTime);
    }

    /**
     * Adds fields whose histograms are wanted. If there are fields whose values are told apart, each value has a
     * histogram.
     */
    public Questions histogramsOf(final String... fields) {
        return new Questions(by, joined(histograms, List.of(fields)), isLinear, top, order, measured, pairs, slowest,
            isOverTime);
    }

    /** Lets the bounds of histograms be equally far apart. */
    public Questions linear() {
        return new Questions(by, histograms, true, top, order, measured, pairs, slowest, isOverTime);
    }

    /**
     * Sets how many values of a field are told apart: the most frequent ones.
     *
     * @throws SelectionException if the number is less than 1, or more than {@link #MOST_VALUES}
     */
    public Questions top(final int values) {
        return new Questions(by, histograms, isLinear, values, order, measured, pairs, slowest, isOverTime);
    }

    /**
     * Adds events that begin and end something.
     *
     * @param text the events, as {@link PairName} describes it
     * @throws SelectionException if the text does not name pairs
     */
    public Questions pairs(final String text) {
        return new Questions(by, histograms, isLinear, top, order, measured, joined(pairs,
            List.of(PairName.parse(text))), slowest, isOverTime);
    }

    /**
     * Asks what took longest: pairs, or events by a field.
     *
     * @param count    how many pairs or events are wanted
     * @param of       a field that is a duration, or null for latencies of pairs
     * @param aroundNs for how long before and after each of them other events are wanted, ns;
     *                 {@link SlowestQuestion#NOTHING_AROUND} for no other events
     * @throws SelectionException if the count is less than 1, or more than {@link SlowestQuestion#MOST}
     */
    public Questions slowest(final int count, final String of, final long aroundNs) {
        return new Questions(by, histograms, isLinear, top, order, measured, pairs, new SlowestQuestion(count, of,
            aroundNs), isOverTime);
    }

    /** Tells apart the values with the greatest sums of a field, in place of the most frequent ones. */
    public Questions orderedBy(final String field) {
        return new Questions(by, histograms, isLinear, top, field, measured, pairs, slowest, isOverTime);
    }

    /** Leaves all fields but one out of the figures of each value; the one that gives the order stays too. */
    public Questions measuring(final String field) {
        return new Questions(by, histograms, isLinear, top, order, field, pairs, slowest, isOverTime);
    }

    /** Counts events over time too. */
    public Questions overTime() {
        return new Questions(by, histograms, isLinear, top, order, measured, pairs, slowest, true);
    }

    /** The same questions without those about fields. */
    Questions withoutFields() {
        return new Questions(List.of(), List.of(), isLinear, top, order, measured, pairs, slowest, isOverTime);
    }

    /** Whether nothing is asked; events over time are no question of their own. */
    public boolean isNone() {
        return by.isEmpty() && histograms.isEmpty() && pairs.isEmpty() && slowest == null;
    }
}
