// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.list;

import dev.sluice.cli.output.Json;
import dev.sluice.cli.target.ProcessName;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.TargetProcess;
import dev.sluice.consumer.live.RingReading;
import dev.sluice.consumer.live.TargetGauge;
import dev.sluice.consumer.live.TargetReading;
import dev.sluice.store.text.JavaProgram;
import dev.sluice.store.text.PrintedText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process that uses Sluice, as a list heads its probes: its name, who records it, and how many events a second are
 * stored. The rate takes two looks with some time in between, and only where somebody records. For one thread.
 */
final class TracedProcess implements AutoCloseable {
    /** Time between the two looks, ns. */
    static final long BETWEEN_NS = TimeUnit.MILLISECONDS.toNanos(200);

    /** The class of our own command, whose recorders are named by what it was told to do. */
    private static final String COMMAND = "dev.sluice.cli.Main";

    private final long pid;
    private final boolean isTraced;
    private final List<TargetGauge> gauges = new ArrayList<>();
    private final List<TargetReading> first = new ArrayList<>();
    private boolean isKnown;
    private long recorder;
    private double perSecond;

    /**
     * Looks at a process once.
     *
     * @param isTraced whether the semaphore of a probe that Sluice made is up
     */
    TracedProcess(final long pid, final boolean isTraced) {
        this.pid = pid;
        this.isTraced = isTraced;
        try {
            gauges.addAll(TargetGauge.open(pid));
            for (final TargetGauge gauge : gauges) {
                gauge.look();
                first.add(gauge.take());
            }
            recorder = first.stream().mapToLong(TargetReading::holder).filter(holder -> holder != 0).findFirst()
                .orElse(0);
            isKnown = true;
        } catch (final AttachException e) {
            // It has ended, may not be looked into or has another version: its name is still known.
            isKnown = false;
        }
        if (recorder == 0) {
            // Many processes may be listed, and nothing is to be seen in this one.
            close();
        }
    }

    /** Whether a second look is worth the wait. */
    boolean isRecorded() {
        return recorder != 0;
    }

    /** The second look, some time after the first. */
    void lookAgain() {
        try {
            double sum = 0;
            for (int i = 0; i < gauges.size(); i++) {
                gauges.get(i).look();
                final TargetReading now = gauges.get(i).take();
                final TargetReading before = first.get(i);
                sum += (now.sum(RingReading::written) - before.sum(RingReading::written))
                    * (double) TimeUnit.SECONDS.toNanos(1) / Math.max(1, now.atNs() - before.atNs());
            }
            perSecond = sum;
        } catch (final AttachException e) {
            isKnown = false;
        }
    }

    /** What the process is called; null if it does not say. */
    static String name(final long pid) {
        return JavaProgram.of(TargetProcess.argumentsOf(pid)).map(program -> program.names().get(0)).orElse(null);
    }

    /** What a consumer is called: of the command, which one it is. */
    private static String consumerName(final long pid) {
        final List<String> arguments = TargetProcess.argumentsOf(pid);
        final int command = arguments.indexOf(COMMAND) + 1;
        return command > 0 && command < arguments.size() && arguments.get(command).matches("[a-z]+")
            ? "sluice " + arguments.get(command) : name(pid);
    }

    long pid() {
        return pid;
    }

    /** The head line. */
    String toText() {
        final StringBuilder line = new StringBuilder(ProcessName.describe(pid));
        if (isKnown && recorder == 0) {
            line.append(": nobody records").append(isTraced ? ", another tracer is attached to its probes" : "");
        } else if (isKnown) {
            final String by = consumerName(recorder);
            line.append(": recorded by process ").append(recorder).append(by == null ? "" : " (" + by + ')')
                .append(String.format(Locale.ROOT, ", %,d events/s", Math.round(perSecond)));
        }
        return PrintedText.safe(line.toString());
    }

    /** The same for programs, for each of its probes; what is not known is null. */
    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("events_per_second", isKnown && recorder != 0 ? Json.rounded(perSecond) : null);
        final Map<String, Object> consumer = new LinkedHashMap<>();
        consumer.put("pid", recorder);
        consumer.put("name", recorder == 0 ? null : consumerName(recorder));
        json.put("consumer", recorder == 0 ? null : consumer);
        return json;
    }

    @Override
    public void close() {
        gauges.forEach(TargetGauge::close);
        gauges.clear();
    }
}
