// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.report.FieldStatistics;

/**
 * Figures of one kind of pairs. Each begin has its end, or there is one of the following reasons why it has none:
 * begins = matched + begun again + open + given up + cut, and ends = matched + without a begin. For one thread.
 */
public final class PairFigures {
    /** The field that is measured of pairs, in ns. */
    public static final FieldSchema LATENCY = new FieldSchema("latency", FieldType.INT64).with("ns", "");

    private final PairRule rule;
    private final FieldStatistics latency = new FieldStatistics(LATENCY);
    private long begins;
    private long ends;
    private long begunAgain;
    private long open;
    private long givenUp;
    private long cut;
    private long endsWithoutBegin;

    PairFigures(final PairRule rule) {
        this.rule = rule;
    }

    void addBegin() {
        begins++;
    }

    void addBegunAgain() {
        begunAgain++;
    }

    void addGivenUp() {
        givenUp++;
    }

    void addCut(final int count) {
        cut += count;
    }

    void addOpen(final int count) {
        open += count;
    }

    void addEnd(final boolean hasBegin) {
        ends++;
        endsWithoutBegin += hasBegin ? 0 : 1;
    }

    void addLatency(final long ns) {
        latency.record(ns);
    }

    /** The rule that says which events are pairs. */
    public PairRule rule() {
        return rule;
    }

    /** Statistics of the latencies, ns. */
    public FieldStatistics latency() {
        return latency;
    }

    /** Number of events that begin something. */
    public long begins() {
        return begins;
    }

    /** Number of events that end something. */
    public long ends() {
        return ends;
    }

    /** Number of pairs. */
    public long matched() {
        return latency.count();
    }

    /** Number of begins after which another begin with the same keys came, without an end between the two. */
    public long begunAgain() {
        return begunAgain;
    }

    /** Number of begins whose end had not come when the last event was read. */
    public long open() {
        return open;
    }

    /** Number of begins that were forgotten, because too many begins were without an end at the same time. */
    public long givenUp() {
        return givenUp;
    }

    /**
     * Number of begins of threads that miss events later. It is unknown whether the next end belongs to such a begin.
     */
    public long cut() {
        return cut;
    }

    /** Number of begins that have no end. */
    public long beginsWithoutEnd() {
        return begunAgain + open + givenUp + cut;
    }

    /** Number of ends that have no begin. */
    public long endsWithoutBegin() {
        return endsWithoutBegin;
    }
}
