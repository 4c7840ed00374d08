// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.usdt;

import java.util.ArrayList;
import java.util.List;

/** Events that one thread fires one after the other, while no other thread fires any. */
final class UsdtRun {
    /** Greatest number of events. */
    static final int MOST_EVENTS = 256;

    private final long number;
    private final String threadName;
    private final List<UsdtEvent> events = new ArrayList<>();

    /**
     * Makes a run without events.
     *
     * @param number     its place among all runs, from 0
     * @param threadName the thread's name when it fired them
     */
    UsdtRun(final long number, final String threadName) {
        this.number = number;
        this.threadName = threadName;
    }

    void add(final UsdtEvent event) {
        events.add(event);
    }

    long number() {
        return number;
    }

    String threadName() {
        return threadName;
    }

    List<UsdtEvent> events() {
        return events;
    }

    boolean isFull() {
        return events.size() >= MOST_EVENTS;
    }
}
