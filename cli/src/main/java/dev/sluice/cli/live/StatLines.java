// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.live;

import dev.sluice.cli.output.Json;
import dev.sluice.consumer.live.LatencyReading;
import dev.sluice.consumer.live.RingReading;
import dev.sluice.consumer.live.TargetReading;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.UnitText;
import java.io.PrintWriter;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What {@code sluice stat} prints of a target at each turn. Stateless. */
final class StatLines {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");
    private static final double PERCENT = 100;

    private StatLines() {
    }

    /** What is said once, before the turns. */
    static void printBegin(final PrintWriter out, final LiveTargets targets, final int target) {
        final String why = targets.clockWhy(target);
        out.println(PrintedText.safe(targets.name() + (targets.size() > 1 ? ", target " + targets.id(target) : "")
            + ": clock " + targets.clock(target) + (why.isEmpty() ? "" : " (" + why + ")")));
    }

    /**
     * Prints one turn: a line of the target, and one of each tracepoint that has fired.
     *
     * @param title what stands before the line; empty where there is one target
     */
    static void print(final PrintWriter out, final String title, final LiveRates rates) {
        final TargetReading now = rates.now();
        out.print(PrintedText.safe(String.format(Locale.ROOT,
            "%s%s %,d events/s, discarded %,d/s, overwritten %,d/s, refused %,d/s, stalled %,d/s, blocked %.1f %%,"
                + " full %.0f %% (peak %.0f %%), traps %,d/s, threads %,d, %s", LocalTime.now().format(TIME), title,
            rounded(rates.ringsPerSecond(RingReading::written)), rounded(rates.ringsPerSecond(RingReading::discarded)),
            rounded(rates.ringsPerSecond(RingReading::overwritten)), rounded(rates.perSecond(TargetReading::refusals)),
            rounded(rates.ringsPerSecond(RingReading::stalled)),
            PERCENT * rates.ringsPerSecond(RingReading::blockedNs) / TimeUnit.SECONDS.toNanos(1),
            PERCENT * now.greatest(RingReading::fill), PERCENT * now.greatest(RingReading::peak),
            rounded(rates.ringsPerSecond(RingReading::traps)), now.owners(), session(now))));
        out.println();
        for (final LiveRates.Event event : rates.events()) {
            if (event.perSecond() > 0) {
                out.println(PrintedText.safe(String.format(Locale.ROOT, "         %s%,d  %s",
                    event.isExact() ? "" : "~", rounded(event.perSecond()), event.name())));
            }
        }
        for (final LatencyReading latency : now.latencies()) {
            out.println(PrintedText.safe(String.format(Locale.ROOT, "         %,d  %s: p50 %s, p90 %s, p99 %s, max %s",
                rounded(latency.count() / rates.seconds()), latency.label(), UnitText.duration(latency.p50Ns()),
                UnitText.duration(latency.p90Ns()), UnitText.duration(latency.p99Ns()),
                UnitText.duration(latency.maxNs()))));
        }
        if (rates.isBlind()) {
            out.println("         which events they were is not known: between two looks the rings were written over");
        }
        for (final Map.Entry<RefusalCause, Long> refused : now.refused().entrySet()) {
            final long more = refused.getValue() - rates.before().refused().getOrDefault(refused.getKey(), 0L);
            if (more > 0) {
                out.printf(Locale.ROOT, "         %,d refused: %s%n", more, refused.getKey().description());
            }
        }
    }

    /** Who records, for people. */
    static String session(final TargetReading now) {
        if (now.holder() == 0) {
            return "nobody records";
        }
        return (now.isActive() ? "recorded by process " : "attached to by process ") + now.holder()
            + (now.isLate() ? ", which is late" : "");
    }

    private static long rounded(final double rate) {
        return Math.round(rate);
    }

    /** One turn as a JSON object on one line. The keys are stable. */
    static String json(final LiveTargets targets, final int target, final LiveRates rates) {
        final TargetReading now = rates.now();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("time_ms", System.currentTimeMillis());
        json.put("pid", targets.pid());
        json.put("target", targets.id(target));
        json.put("clock", targets.clock(target));
        json.put("clock_why", targets.clockWhy(target));
        json.put("recorder_pid", now.holder());
        json.put("recorder_late", now.isLate());
        json.put("active", now.isActive());
        json.put("seconds", Json.rounded(rates.seconds()));
        json.put("fired", now.fired());
        json.put("written", now.sum(RingReading::written));
        json.put("discarded", now.sum(RingReading::discarded));
        json.put("stalled", now.sum(RingReading::stalled));
        json.put("overwritten", now.sum(RingReading::overwritten));
        final Map<String, Object> refused = new LinkedHashMap<>();
        now.refused().forEach((cause, count) -> refused.put(cause.label(), count));
        json.put("refused", refused);
        json.put("blocked_ns", now.sum(RingReading::blockedNs));
        json.put("traps", now.sum(RingReading::traps));
        json.put("events_per_second", Json.rounded(rates.ringsPerSecond(RingReading::written)));
        json.put("discarded_per_second", Json.rounded(rates.ringsPerSecond(RingReading::discarded)));
        json.put("undrained_bytes", now.sum(RingReading::undrainedBytes));
        json.put("fill", Json.rounded(now.greatest(RingReading::fill)));
        json.put("peak_fill", Json.rounded(now.greatest(RingReading::peak)));
        json.put("threads", now.owners());
        final List<Object> events = new ArrayList<>();
        for (final LiveRates.Event event : rates.events()) {
            final Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", event.name());
            one.put("per_second", Json.rounded(event.perSecond()));
            one.put("exact", event.isExact());
            events.add(one);
        }
        json.put("events", events);
        final List<Object> latencies = new ArrayList<>();
        for (final LatencyReading latency : now.latencies()) {
            final Map<String, Object> one = new LinkedHashMap<>();
            one.put("begin", latency.begin());
            one.put("end", latency.end());
            one.put("count", latency.count());
            one.put("p50_ns", latency.p50Ns());
            one.put("p90_ns", latency.p90Ns());
            one.put("p99_ns", latency.p99Ns());
            one.put("max_ns", latency.maxNs());
            latencies.add(one);
        }
        json.put("latencies", latencies);
        return Json.write(json);
    }
}
