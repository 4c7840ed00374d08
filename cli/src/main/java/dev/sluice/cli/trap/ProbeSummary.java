// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.trap;

import dev.sluice.bpf.trap.UsdtProgram;
import dev.sluice.cli.output.Json;
import dev.sluice.consumer.probe.ProbeTracer;
import dev.sluice.consumer.probe.TracedProbe;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.TextTable;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints what the kernel has counted, as text or JSON. Stateless: any thread. */
final class ProbeSummary {
    private static final int BAR_LENGTH = 52;
    /** The number of buckets before the bucket of 1. */
    private static final int FIRST_POWER = 2;

    private ProbeSummary() {
    }

    /** Hits of each probe, the greatest number first. */
    static String counts(final ProbeTracer tracer, final boolean isJson) {
        final List<Map<String, Object>> events = new ArrayList<>();
        for (final TracedProbe probe : tracer.probes()) {
            events.add(Map.of("name", probe.qualifiedName(), "count", tracer.count(probe)));
        }
        events.sort((a, b) -> Long.compare((long) b.get("count"), (long) a.get("count")));
        if (isJson) {
            final List<Map<String, Object>> ordered = new ArrayList<>();
            for (final Map<String, Object> event : events) {
                final Map<String, Object> json = new LinkedHashMap<>();
                json.put("name", event.get("name"));
                json.put("count", event.get("count"));
                ordered.add(json);
            }
            return Json.write(Map.of("events", ordered)) + System.lineSeparator();
        }
        final TextTable table = TextTable.ofAnything().row("probe", "hits");
        events.forEach(e -> table.row(e.get("name"), String.format(Locale.ROOT, "%,d", e.get("count"))));
        return table.toString();
    }

    /** A histogram of each probe. */
    static String histograms(final ProbeTracer tracer, final String argument, final boolean isJson) {
        final List<Map<String, Object>> json = new ArrayList<>();
        final StringBuilder text = new StringBuilder();
        for (final TracedProbe probe : tracer.probes()) {
            final String name = probe.arguments().get(probe.find(argument)).name();
            final long[] counts = tracer.histogram(probe);
            final long unread = counts[UsdtProgram.BUCKETS];
            final long[] buckets = Arrays.copyOf(counts, UsdtProgram.BUCKETS);
            final Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", probe.qualifiedName());
            one.put("argument", name);
            one.put("count", Arrays.stream(buckets).sum());
            one.put("unread", unread);
            one.put("buckets", toJson(buckets));
            json.add(one);
            text.append(PrintedText.safe(probe.qualifiedName() + ' ' + name)).append(System.lineSeparator());
            appendText(text, buckets);
            if (unread > 0) {
                text.append(String.format(Locale.ROOT, "not readable %,d%n", unread));
            }
        }
        return isJson ? Json.write(Map.of("histograms", json)) + System.lineSeparator() : text.toString();
    }

    private static BigInteger from(final int bucket) {
        return bucket < FIRST_POWER ? BigInteger.ZERO : BigInteger.ONE.shiftLeft(bucket - FIRST_POWER);
    }

    private static BigInteger to(final int bucket) {
        return bucket == 0 ? BigInteger.ZERO
            : bucket < FIRST_POWER ? BigInteger.ONE : BigInteger.ONE.shiftLeft(bucket - FIRST_POWER + 1);
    }

    private static List<Map<String, Object>> toJson(final long[] buckets) {
        final List<Map<String, Object>> list = new ArrayList<>();
        for (int i = 0; i < buckets.length; i++) {
            if (buckets[i] > 0) {
                final Map<String, Object> bucket = new LinkedHashMap<>();
                bucket.put("from", i == 0 ? null : from(i));
                bucket.put("to", to(i));
                bucket.put("count", buckets[i]);
                list.add(bucket);
            }
        }
        return list;
    }

    private static void appendText(final StringBuilder text, final long[] buckets) {
        int first = 0;
        int last = buckets.length - 1;
        while (last > 0 && buckets[last] == 0) {
            last--;
        }
        while (first < last && buckets[first] == 0) {
            first++;
        }
        final long most = Math.max(1, Arrays.stream(buckets).max().orElse(1));
        for (int i = first; i <= last; i++) {
            final int bar = (int) (BAR_LENGTH * (double) buckets[i] / most);
            text.append(String.format(Locale.ROOT, "%-22s %12d |%-" + BAR_LENGTH + "s|%n",
                i == 0 ? "(..., 0)" : i == 1 ? "[0]" : "[" + from(i) + ", " + to(i) + ")", buckets[i],
                "@".repeat(bar)));
        }
    }
}
