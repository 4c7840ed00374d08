// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import dev.sluice.store.field.Breakdown;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.field.FieldName;
import dev.sluice.store.field.Histogram;
import dev.sluice.store.field.LinearBuckets;
import dev.sluice.store.field.ValueGroup;
import dev.sluice.store.pair.OpenBegin;
import dev.sluice.store.pair.PairConvention;
import dev.sluice.store.pair.PairFigures;
import dev.sluice.store.pair.PairHandler;
import dev.sluice.store.pair.PairName;
import dev.sluice.store.pair.PairRule;
import dev.sluice.store.pair.Pairs;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.EventView;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the latencies of pairs in one reading: of the pairs that are asked for, or else of those that the names of
 * events show. Figures by the values of a field, and histograms with buckets of equal width, need a second reading. For
 * one thread.
 */
final class PairAnswers {
    /** Name of the field that is measured of pairs. */
    static final String LATENCY = "latency";

    private final Questions questions;
    private final boolean isAsked;
    private final List<PairRule> rules = new ArrayList<>();
    private final Map<PairRule, Breakdown> breakdowns = new IdentityHashMap<>();
    private final Map<PairRule, LinearBuckets> linear = new IdentityHashMap<>();
    private final PairHandler also;
    private final Pairs first;
    private final Pairs second;
    private final int kinds;

    /**
     * Finds the events and fields.
     *
     * @param also gets each pair in the first reading
     * @throws SelectionException if an event or a field is not there
     */
    PairAnswers(final EventKinds events, final Questions questions, final PairHandler also) {
        this.questions = questions;
        this.also = also;
        final List<PairName> names = names(events, questions);
        isAsked = !questions.pairs().isEmpty() || !names.isEmpty() && questions.histograms().contains(LATENCY)
            && events.all().stream().allMatch(kind ->
                new FieldName(LATENCY).indexIn(kind.schema()) == FieldName.NONE);
        kinds = names.size();
        if (isAsked) {
            questions.histograms().stream().filter(field -> !field.equals(LATENCY)).findFirst().ifPresent(field -> {
                throw new SelectionException("of pairs there is a histogram of their latency alone, not of '" + field
                    + "'");
            });
        }
        if (isAsked && questions.order() != null && !questions.order().equals(LATENCY)) {
            throw new SelectionException("pairs are in the order of their latency alone, not of '" + questions.order()
                + "'");
        }
        if (isAsked && !questions.by().isEmpty() && questions.measured() != null
            && !questions.measured().equals(LATENCY)) {
            throw new SelectionException("of pairs there are figures of their latency alone, not of '"
                + questions.measured() + "'");
        }
        if (isAsked && !questions.by().isEmpty()) {
            questions.by().forEach(by -> names.forEach(name -> addBy(events, name, new FieldName(by))));
        } else {
            names.forEach(name -> rules.add(new PairRule(events, name, null)));
        }
        first = new Pairs(rules, this::count);
        second = new Pairs(rules, this::measure);
    }

    private static List<PairName> names(final EventKinds events, final Questions questions) {
        return questions.pairs().isEmpty() ? PairConvention.of(events) : questions.pairs();
    }

    /** Whether there may be any pairs. */
    static boolean has(final EventKinds events, final Questions questions) {
        return !names(events, questions).isEmpty();
    }

    private void addBy(final EventKinds events, final PairName name, final FieldName by) {
        final PairRule rule = new PairRule(events, name, by);
        rules.add(rule);
        breakdowns.put(rule, new Breakdown(rule.label(), -1, by.text(), rule.byField(), List.of(PairFigures.LATENCY),
            questions.order() == null ? -1 : 0));
    }

    /** Whether the questions about fields are about pairs, and not about events. */
    boolean isAsked() {
        return isAsked;
    }

    /** Takes an event in the first reading. */
    void first(final EventView event) {
        first.accept(event);
    }

    private void count(final PairFigures pairs, final OpenBegin begin, final EventView end, final long latencyNs) {
        // If pairs are told apart by several fields, each pair is found once for each of these fields.
        if (rules.indexOf(pairs.rule()) < kinds) {
            also.onPair(pairs, begin, end, latencyNs);
        }
        final Breakdown breakdown = breakdowns.get(pairs.rule());
        if (breakdown != null) {
            breakdown.count(pairs.rule().byValue(begin, end), questions.order() == null ? 1 : latencyNs);
        }
    }

    private boolean hasHistograms() {
        return isAsked && questions.histograms().contains(LATENCY);
    }

    /** Ends the first reading. Returns whether a second one is needed. */
    boolean finishFirst() {
        first.finish();
        for (final PairFigures pairs : first.figures()) {
            final LinearBuckets buckets =
                hasHistograms() && questions.isLinear() ? LinearBuckets.of(pairs.latency()) : null;
            final Breakdown breakdown = breakdowns.get(pairs.rule());
            if (buckets != null) {
                linear.put(pairs.rule(), buckets);
            }
            if (breakdown != null) {
                final List<LinearBuckets> ofLatency = new ArrayList<>();
                ofLatency.add(buckets);
                breakdown.choose(questions.top(), ofLatency);
            }
        }
        return !linear.isEmpty() || !breakdowns.isEmpty();
    }

    /** Takes an event in the second reading. */
    void second(final EventView event) {
        second.accept(event);
    }

    private void measure(final PairFigures pairs, final OpenBegin begin, final EventView end, final long latencyNs) {
        final LinearBuckets buckets = linear.get(pairs.rule());
        if (buckets != null) {
            buckets.record(latencyNs);
        }
        final Breakdown breakdown = breakdowns.get(pairs.rule());
        if (breakdown != null) {
            final ValueGroup group = breakdown.group(pairs.rule().byValue(begin, end));
            group.field(0).record(latencyNs);
            if (group.linear(0) != null) {
                group.linear(0).record(latencyNs);
            }
        }
    }

    /**
     * The figures of each kind of pairs. Pairs that only the names of events show are included if any of their events
     * was there.
     */
    List<PairFigures> figures() {
        return first.figures().subList(0, kinds).stream()
            .filter(pairs -> !questions.pairs().isEmpty() || pairs.begins() + pairs.ends() > 0).toList();
    }

    /** The breakdowns of pairs by the values of fields. */
    List<Breakdown> breakdowns() {
        final List<Breakdown> found = rules.stream().map(breakdowns::get).filter(breakdown -> breakdown != null
            && !breakdown.isEmpty()).toList();
        found.forEach(Breakdown::finish);
        return found;
    }

    /** The histograms of latencies. */
    List<Histogram> histograms() {
        final List<Histogram> found = new ArrayList<>();
        for (final PairFigures pairs : hasHistograms() ? first.figures() : List.<PairFigures>of()) {
            final Breakdown breakdown = breakdowns.get(pairs.rule());
            if (breakdown == null && pairs.matched() > 0) {
                found.add(Histogram.of(pairs.rule().label(), -1, pairs.latency(), linear.get(pairs.rule())));
            } else if (breakdown != null) {
                breakdown.groups().forEach(group -> found.add(Histogram.of(breakdown, group, 0)));
                if (breakdown.others().events() > 0) {
                    found.add(Histogram.of(breakdown, breakdown.others(), 0));
                }
            }
        }
        return found;
    }
}
