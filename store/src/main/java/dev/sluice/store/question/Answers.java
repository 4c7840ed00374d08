// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.store.field.Breakdown;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.field.FieldName;
import dev.sluice.store.field.Histogram;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.pair.PairFigures;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.report.TraceReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The report of a trace and the answers to what else is asked of it, found by reading it once or twice. Memory grows
 * with the rings, the fields and the values that are told apart, which have a bound, and not with events. Immutable
 * once made: any thread.
 */
public final class Answers {
    private final Questions questions;
    private final TraceReport report;
    private final List<Breakdown> breakdowns = new ArrayList<>();
    private final List<Histogram> histograms = new ArrayList<>();
    private final List<PairFigures> pairs;
    private final boolean isAboutPairs;
    private final List<ThreadFigures> threads;
    private final TimeLine timeLine;
    private final List<SlowOne> slowest;

    private Answers(final Questions questions, final TraceReport report, final PairAnswers pairs,
        final ThreadTable threads, final TimeLine timeLine, final List<SlowOne> slowest) {
        this.questions = questions;
        this.report = report;
        this.pairs = pairs.figures();
        isAboutPairs = questions.isNone() || pairs.isAsked();
        this.threads = threads.threads();
        this.timeLine = timeLine;
        this.slowest = slowest;
    }

    /**
     * Reads the events that are selected.
     *
     * @throws TraceStoreException if reading fails
     * @throws SelectionException  if the selection or the questions do not fit the trace
     */
    public static Answers of(final TraceEvents events, final Questions questions) {
        final EventKinds kinds = new EventKinds(events);
        final SlowestAnswers slowest =
            new SlowestAnswers(kinds, questions.slowest(), PairAnswers.has(kinds, questions));
        final PairAnswers pairs = new PairAnswers(kinds, questions, slowest::pair);
        final Questions ofEvents = pairs.isAsked() ? questions.withoutFields() : questions;
        ofEvents.histograms().forEach(field -> kinds.having(new FieldName(field)));
        final EventBreakdowns breakdowns = new EventBreakdowns(kinds, ofEvents);
        final ThreadTable threads = new ThreadTable();
        final TimeLine timeLine = new TimeLine();
        final TraceReport report = TraceReport.of(events, event -> {
            threads.add(event);
            if (questions.isOverTime()) {
                timeLine.add(event);
            }
            slowest.event(event);
            breakdowns.count(event);
            pairs.first(event);
        });
        breakdowns.choose(report);
        final EventHistograms histograms =
            new EventHistograms(kinds, ofEvents.by().isEmpty() ? ofEvents : ofEvents.withoutFields(), report);
        // All of them take what they need, whether or not they are the reason for another reading.
        if (pairs.finishFirst() | breakdowns.isUnfinished() | histograms.isUnfinished()) {
            events.forEach(event -> {
                breakdowns.measure(event);
                histograms.measure(event);
                pairs.second(event);
            });
        }
        final Answers answers = new Answers(questions, report, pairs, threads, timeLine, slowest.slowest(events));
        answers.breakdowns.addAll(breakdowns.breakdowns());
        answers.breakdowns.addAll(pairs.breakdowns());
        answers.histograms.addAll(breakdowns.histograms());
        answers.histograms.addAll(histograms.histograms());
        answers.histograms.addAll(pairs.histograms());
        return answers;
    }

    /** What was asked. */
    public Questions questions() {
        return questions;
    }

    /** The report. */
    public TraceReport report() {
        return report;
    }

    /** Events, or pairs, by the values of fields. */
    public List<Breakdown> breakdowns() {
        return Collections.unmodifiableList(breakdowns);
    }

    /** Latencies of pairs. */
    public List<PairFigures> pairs() {
        return pairs;
    }

    /** Whether latencies of pairs are an answer to what was asked. */
    boolean isAboutPairs() {
        return isAboutPairs && !pairs.isEmpty();
    }

    /** Events of each thread, the most first. */
    public List<ThreadFigures> threads() {
        return Collections.unmodifiableList(threads);
    }

    /** Events over time; none unless that was asked, {@link Questions#overTime}. */
    public TimeLine timeLine() {
        return timeLine;
    }

    /** What took longest, the longest first. */
    public List<SlowOne> slowest() {
        return Collections.unmodifiableList(slowest);
    }

    List<Histogram> histograms() {
        return histograms;
    }

    /** The answers as keys beside those of the report. */
    public ObjectNode toJson() {
        return new AnswersJson(this).toJson();
    }

    /** The answers as text, without the report. */
    public String toText() {
        return new AnswersText(this).toString();
    }
}
