// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.live;

import dev.sluice.cli.target.ProcessName;
import dev.sluice.consumer.live.TargetGauge;
import dev.sluice.consumer.live.TargetReading;
import dev.sluice.ring.clock.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The targets of one process, looked at again and again. For one thread. */
final class LiveTargets implements AutoCloseable {
    /** Rings are looked at so often, to see what was in them: much is gone after a second. */
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final String name;
    private final List<TargetGauge> gauges;
    private final List<TargetReading> before = new ArrayList<>();

    private LiveTargets(final String name, final List<TargetGauge> gauges) {
        this.name = name;
        this.gauges = gauges;
        for (final TargetGauge gauge : gauges) {
            gauge.look();
            before.add(gauge.take());
        }
    }

    /**
     * Opens the targets of a process and looks at them once.
     *
     * @throws dev.sluice.consumer.attach.AttachException if there is none that this user may look into
     */
    static LiveTargets open(final long pid) {
        final List<TargetGauge> gauges = TargetGauge.open(pid);
        boolean isOpen = false;
        try {
            final LiveTargets targets = new LiveTargets(ProcessName.describe(pid), gauges);
            isOpen = true;
            return targets;
        } finally {
            if (!isOpen) {
                gauges.forEach(TargetGauge::close);
            }
        }
    }

    /** The process, for people. */
    String name() {
        return name;
    }

    /** The process's id. */
    long pid() {
        return gauges.get(0).process().pid();
    }

    /** Number of targets: copies of the library in the process. */
    int size() {
        return gauges.size();
    }

    /** Identity of a target. */
    String id(final int target) {
        return gauges.get(target).id();
    }

    /** Name of the clock that a target's events have. */
    String clock(final int target) {
        return Clock.name(gauges.get(target).clockKind());
    }

    /** Why a target has that clock; empty if it does not say. */
    String clockWhy(final int target) {
        return gauges.get(target).clockWhy();
    }

    /** Whether nothing will happen any more: the process has ended, or tracing was stopped in it. */
    boolean isOver() {
        return gauges.stream().allMatch(TargetGauge::isOver);
    }

    /** Why nothing will happen any more, for people. */
    String whyOver() {
        return name + (gauges.get(0).process().hasExited() ? " has ended" : " has stopped its tracing");
    }

    /**
     * Looks some times until a moment, or until somebody wants an end, or the targets are over; returns what was found
     * since the last call, of each target.
     *
     * @param untilNs in ns of {@link System#nanoTime()}
     */
    List<LiveRates> follow(final long untilNs, final BooleanSupplier mustEnd) {
        boolean isLast = false;
        while (!isLast) {
            final long leftNs = untilNs - System.nanoTime();
            // Whether it is over is asked before the last look: what happened until then is seen by it.
            isLast = leftNs <= 0 || mustEnd.getAsBoolean() || isOver();
            gauges.forEach(TargetGauge::look);
            if (!isLast) {
                LockSupport.parkNanos(Math.min(LOOK_NS, leftNs));
            }
        }
        final List<LiveRates> rates = new ArrayList<>();
        for (int i = 0; i < gauges.size(); i++) {
            final TargetReading now = gauges.get(i).take();
            rates.add(new LiveRates(before.set(i, now), now));
        }
        return rates;
    }

    @Override
    public void close() {
        gauges.forEach(TargetGauge::close);
    }
}
