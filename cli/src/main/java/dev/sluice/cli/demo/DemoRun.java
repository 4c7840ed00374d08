// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.demo;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.Json;
import dev.sluice.cli.output.LossText;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.store.format.LossCause;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One row of the demo: what the sample reported, and what was recorded of it.
 *
 * @param path     untraced, batch, shared, pull or trap
 * @param share    which part of the class files, "1/K"
 * @param sample   the sample's last line
 * @param recorded what was recorded, or null
 * @param wallNs   from start to end of the recording, or of the sample
 */
public record DemoRun(String path, String share, Map<String, Object> sample, RecordResult recorded, long wallNs) {
    /** A number that the sample reported. */
    long said(final String key) {
        if (sample.get(key) instanceof Number number) {
            return number.longValue();
        }
        throw new CommandException("the sample's result has no number '" + key + "': " + sample);
    }

    /** Events that the application fired: with rings, the calls that found their ring bit set; with traps, all. */
    long fired() {
        return recorded == null ? 0 : isTrap() ? said("attempts") : said("fired");
    }

    boolean isTrap() {
        return path.equals("trap");
    }

    boolean isShared() {
        return path.equals("shared");
    }

    /** Whether every fired event is stored. */
    boolean isComplete() {
        return recorded == null || recorded.isComplete() && fired() == stored();
    }

    long stored() {
        return recorded == null ? 0 : recorded.stored();
    }

    long discarded() {
        return recorded == null ? 0 : recorded.discarded() + recorded.overwritten();
    }

    long traps() {
        return recorded == null ? 0 : recorded.traps();
    }

    /**
     * Losses by cause. An event that was fired but neither stored nor counted as lost was a trap that the kernel did
     * not deliver.
     */
    Map<LossCause, Long> lost() {
        final Map<LossCause, Long> lost = new EnumMap<>(LossCause.class);
        if (recorded != null) {
            lost.putAll(recorded.lost());
            final long missed = fired() - stored() - discarded() - recorded.lostEvents();
            if (isTrap() && missed > 0) {
                lost.merge(LossCause.TRAP_MISSED, missed, Long::sum);
            }
        }
        return lost;
    }

    long lostEvents() {
        return lost().values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Time of the sample's threads for each parsed event, without the time for reading files: the work itself and its
     * tracing, ns.
     */
    double workNs() {
        return (double) (said("thread_ns") - said("read_ns")) / said("attempts");
    }

    /**
     * What tracing cost for each event, ns: the thread time beyond that of the same scan untraced. For the untraced
     * scan, its own thread time. Each is one run, so a noisy machine can make the difference negative.
     */
    double nsPerEvent(final DemoRun untraced) {
        return recorded == null ? workNs() : workNs() - untraced.workNs();
    }

    /** The keys of {@code demo --json}, which are stable. */
    Map<String, Object> toJson(final DemoRun untraced) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("path", path);
        json.put("fired", fired());
        json.put("stored", stored());
        json.put("discarded", discarded());
        json.put("lost", lostEvents());
        json.put("traps", traps());
        json.put("blocked_ms", Json.rounded(recorded == null ? 0 : recorded.blockedNs() / 1e6));
        json.put("ns_per_event", Json.rounded(nsPerEvent(untraced)));
        return json;
    }

    Object[] toRow(final DemoRun untraced) {
        final boolean isTraced = recorded != null;
        return new Object[] {
            path + (share.equals("1/1") ? "" : " (" + share + ")"), String.format("%,d", fired()),
            String.format("%,d", stored()), String.format("%,d", discarded()), LossText.of(lost()),
            String.format("%,d", traps()), traps() == 0 ? "-" : String.format("%,.0f", (double) stored() / traps()),
            String.format("%,.1f", nsPerEvent(untraced)),
            isTraced ? String.format("%,.1f", recorded.blockedNs() / 1e6) : "-",
            isTraced ? String.format("%,d", recorded.bytes()) : "-", String.format("%.2f", wallNs / 1e9)};
    }
}
