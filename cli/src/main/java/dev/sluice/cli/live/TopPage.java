// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.live;

import dev.sluice.consumer.live.LatencyReading;
import dev.sluice.consumer.live.RingReading;
import dev.sluice.consumer.live.TargetReading;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.UnitText;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** What {@code sluice top} shows, as lines that fit a terminal. Stateless. */
final class TopPage {
    /** A page is at least so large; of a smaller terminal only the begin is filled. */
    static final int LEAST_ROWS = 12;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");
    private static final double PERCENT = 100;
    /** Rows that are no tracepoint and no thread: four of totals, two titles, two empty ones, one of keys. */
    private static final int OTHER_ROWS = 9;
    /** The title of the pairs, and the empty row before it. */
    private static final int PAIR_ROWS = 2;

    private TopPage() {
    }

    /**
     * The page.
     *
     * @param name    the process, for people
     * @param clock   name of its clock
     * @param rates   of each copy of the library in the process
     * @param columns of the terminal
     * @param rows    of the terminal; the page has exactly as many lines
     */
    static List<String> lines(final String name, final String clock, final List<LiveRates> rates, final TopSort sort,
        final int columns, final int rows) {
        final List<String> pairs = pairs(rates);
        final int all = Math.max(LEAST_ROWS, rows) - OTHER_ROWS;
        // Where there are pairs they have a third at most; a small page has none.
        final int pairRows = Math.min(pairs.size(), all / 3 - PAIR_ROWS);
        final int room = pairRows <= 0 ? all : all - pairRows - PAIR_ROWS;
        final List<LiveRates.Event> events =
            rates.stream().flatMap(one -> one.events().stream()).sorted(sort.events()).toList();
        final List<LiveRates.Ring> rings =
            rates.stream().flatMap(one -> one.rings().stream()).sorted(sort.rings()).toList();
        // Each half has what the other leaves.
        final int eventRows = Math.min(events.size(), Math.max(room / 2, room - rings.size()));
        final List<String> lines = new ArrayList<>(totals(name, clock, rates));
        lines.add("");
        lines.add(String.format(Locale.ROOT, "%14s  %6s  %s", "EVENTS/S", "SHARE", "TRACEPOINT"));
        final double sum = events.stream().mapToDouble(LiveRates.Event::perSecond).sum();
        events.stream().limit(eventRows).forEach(event -> lines.add(String.format(Locale.ROOT, "%14s  %5.1f%%  %s",
            (event.isExact() ? "" : "~") + number(event.perSecond()), sum == 0 ? 0 : PERCENT * event.perSecond() / sum,
            event.name())));
        if (pairRows > 0) {
            lines.add("");
            lines.add(String.format(Locale.ROOT, "%14s %9s %9s %9s %9s  %s", "PAIRS/S", "P50", "P90", "P99", "MAX",
                "PAIR"));
            lines.addAll(pairs.subList(0, pairRows));
        }
        lines.add("");
        lines.add(String.format(Locale.ROOT, "%14s %10s %8s %5s %5s %8s  %s", "EVENTS/S", "LOST/S", "BLOCKED", "FULL",
            "PEAK", "TID", "THREAD"));
        rings.stream().limit(room - eventRows).forEach(ring -> lines.add(line(ring)));
        while (lines.size() < rows - 1) {
            lines.add("");
        }
        final List<String> page = new ArrayList<>(lines.subList(0, Math.max(0, Math.min(lines.size(), rows - 1))));
        page.add(keys(sort, events.size(), rings.size()));
        return page.stream().map(line -> fitted(line, columns)).toList();
    }

    /** Latencies, of the pairs that there are most of first. */
    private static List<String> pairs(final List<LiveRates> rates) {
        final List<String> lines = new ArrayList<>();
        for (final LiveRates one : rates) {
            one.now().latencies().stream().sorted(Comparator.comparingLong(LatencyReading::count).reversed())
                .forEach(pair -> lines.add(String.format(Locale.ROOT, "%14s %9s %9s %9s %9s  %s",
                    number(pair.count() / one.seconds()), UnitText.duration(pair.p50Ns()),
                    UnitText.duration(pair.p90Ns()), UnitText.duration(pair.p99Ns()), UnitText.duration(pair.maxNs()),
                    pair.label())));
        }
        return lines;
    }

    private static List<String> totals(final String name, final String clock, final List<LiveRates> rates) {
        final ToDoubleFunction<ToDoubleFunction<LiveRates>> sum = value -> rates.stream().mapToDouble(value).sum();
        final TargetReading first = rates.get(0).now();
        return List.of(
            "sluice top - " + LocalTime.now().format(TIME) + " - " + name,
            StatLines.session(first) + ", clock " + clock,
            String.format(Locale.ROOT, "%s events/s, discarded %s/s, overwritten %s/s, refused %s/s, stalled %s/s",
                number(sum.applyAsDouble(one -> one.ringsPerSecond(RingReading::written))),
                number(sum.applyAsDouble(one -> one.ringsPerSecond(RingReading::discarded))),
                number(sum.applyAsDouble(one -> one.ringsPerSecond(RingReading::overwritten))),
                number(sum.applyAsDouble(one -> one.perSecond(TargetReading::refusals))),
                number(sum.applyAsDouble(one -> one.ringsPerSecond(RingReading::stalled)))),
            String.format(Locale.ROOT,
                "since its begin: fired %s, discarded %s, overwritten %s, refused %s; traps %s/s",
                number(sum.applyAsDouble(one -> one.now().fired())),
                number(sum.applyAsDouble(one -> one.now().sum(RingReading::discarded))),
                number(sum.applyAsDouble(one -> one.now().sum(RingReading::overwritten))),
                number(sum.applyAsDouble(one -> one.now().refusals())),
                number(sum.applyAsDouble(one -> one.ringsPerSecond(RingReading::traps)))));
    }

    private static String line(final LiveRates.Ring ring) {
        return String.format(Locale.ROOT, "%14s %10s %7.1f%% %4.0f%% %4.0f%% %8d  %s%s", number(ring.perSecond()),
            number(ring.lostPerSecond()), PERCENT * ring.blocked(), PERCENT * ring.ring().fill(),
            PERCENT * ring.ring().peak(), ring.ring().tid(), ring.ring().name(),
            ring.ring().isOwned() ? "" : " (ended)");
    }

    private static String keys(final TopSort sort, final int events, final int rings) {
        return "q quits; sorted by " + sort.title() + ": " + List.of(TopSort.values()).stream()
            .map(one -> one.key() + " " + one.title()).collect(Collectors.joining(", ")) + String.format(Locale.ROOT,
            "; %,d tracepoints, %,d threads", events, rings);
    }

    private static String number(final double value) {
        return String.format(Locale.ROOT, "%,d", Math.round(value));
    }

    /** Without what would steer the terminal, and not longer than its lines. */
    private static String fitted(final String line, final int columns) {
        final String safe = PrintedText.safe(line);
        return safe.codePointCount(0, safe.length()) <= columns ? safe
            : safe.substring(0, safe.offsetByCodePoints(0, Math.max(0, columns)));
    }
}
