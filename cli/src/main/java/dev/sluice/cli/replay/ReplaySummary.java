// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import dev.sluice.cli.output.Json;
import dev.sluice.cli.replay.pace.Lateness;
import dev.sluice.store.text.Counted;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What is said at the end of a replay.
 *
 * @param speed      as the user wrote it
 * @param events     how many events have passed
 * @param missing    how many are missing
 * @param durationNs how long it took
 * @param lateness   how late events were; empty if they had no due time
 */
record ReplaySummary(String speed, long events, long missing, long durationNs, Lateness lateness) {
    private static final double NS_PER_S = TimeUnit.SECONDS.toNanos(1);

    /** For people, on one line. */
    String text() {
        final StringBuilder text = new StringBuilder(Counted.of(events, "event"))
            .append(String.format(Locale.ROOT, " in %,.3f s", durationNs / NS_PER_S));
        if (missing > 0) {
            text.append("; ").append(Counted.of(missing, "event")).append(" missing");
        }
        return text.append("; ").append(lateness.isEmpty() ? "without due times" : lateness.text()).toString();
    }

    /** For programs, on one line. */
    String json() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", 1);
        json.put("speed", speed);
        json.put("events", events);
        json.put("missing", missing);
        json.put("duration_ns", durationNs);
        if (!lateness.isEmpty()) {
            json.put("late_ns", lateness.json());
        }
        return Json.write(json);
    }
}
