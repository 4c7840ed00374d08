// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.store.clock.ClockBreak;
import dev.sluice.store.clock.ClockStep;
import dev.sluice.store.format.PaceInfo;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.SequenceGap;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.text.CommandText;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.TextTable;
import dev.sluice.store.text.WallTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Writes a report as text. For one thread. */
final class TraceReportText {
    private static final String INDENT = "  ";
    private static final int MAX_STEPS = 100;
    private static final String AND = "and ";
    private static final String UNKNOWN = "unknown";
    private static final String MORE = " more: see --json\n";

    private final TraceReport report;
    private final StringBuilder text = new StringBuilder();

    private TraceReportText(final TraceReport report) {
        this.report = report;
    }

    /** All of it. */
    static String whole(final TraceReport report) {
        final TraceReportText made = new TraceReportText(report);
        made.head();
        made.account();
        made.accounts();
        made.stalls();
        made.pace();
        made.events();
        made.fields();
        made.values();
        made.clockBreaks();
        made.clockSteps();
        made.gaps();
        made.errors();
        made.damage();
        return made.text.toString();
    }

    /** What trace it is, and how many events. */
    static String heading(final TraceReport report) {
        final TraceReportText made = new TraceReportText(report);
        made.text.append("trace     ").append(PrintedText.safe(report.reader().directory().toString())).append('\n');
        made.eventCount();
        return made.text.append('\n').toString();
    }

    private void damage() {
        final List<String> lines = TraceDamageText.lines(report.reader());
        if (!lines.isEmpty()) {
            text.append('\n').append(String.join("\n", lines)).append('\n');
        }
    }

    private void head() {
        final TraceReader reader = report.reader();
        text.append("trace     ").append(PrintedText.safe(reader.directory().toString()))
            .append('\n');
        text.append("recorded  ").append(WallTime.format(reader.info().createdRealtimeNs())).append(" by sluice ")
            .append(PrintedText.safe(reader.info().sluiceVersion())).append(": ")
            .append(PrintedText.safe(reader.info().commandLine())).append('\n');
        for (final TargetTrace target : reader.targets()) {
            final TargetInfo info = target.info();
            text.append("target ").append(target.index()).append("  pid ").append(info.pid()).append(", Java ")
                .append(PrintedText.safe(info.javaVersion())).append(": ")
                .append(PrintedText.safe(CommandText.brief(info.commandLine()))).append('\n');
            text.append("clock     ").append(Clock.name(info.clockKind())).append(", at most ")
                .append(count(target.clockErrorNs())).append(" ns off")
                .append(info.clockWhy().isEmpty() ? "" : ": " + PrintedText.safe(info.clockWhy())).append('\n');
            widths(target);
            if (target.firstCosts().isKnown()) {
                text.append("costs     ").append(FirstCostText.of(target.firstCosts())).append('\n');
            }
            SelectionText.lines(target).forEach(line -> text.append("fires     ").append(line).append('\n'));
            text.append("end       ").append(target.end().map(end -> (end.known() ? "known, " : "unknown, ")
                + end.kind().label() + " at " + WallTime.format(end.realtimeNs()))
                .orElse(reader.isBeingRecorded() ? "unknown: still recording"
                    : target.isAtSegmentEnd() ? "unknown: the recording went on in a segment that is not here"
                    : "unknown: the recording was cut off")).append('\n');
        }
        eventCount();
        text.append(", ").append(Counted.of(report.bytes(), "byte")).append('\n');
    }

    /** Writes how many events there are, and of how many they are selected. */
    private void eventCount() {
        final long selected = report.events().stream().mapToLong(EventStatistics::count).sum();
        final double seconds = report.durationNs() / 1e9;
        text.append("events    ").append(count(selected))
            .append(selected == report.account().stored() ? "" : " of " + count(report.account().stored()))
            .append(" in ").append(String.format(Locale.ROOT, "%.3f s", seconds));
        if (seconds > 0) {
            text.append(String.format(Locale.ROOT, ", %,.0f a second", selected / seconds));
        }
    }

    /** Writes how well the times of a sampled clock are known. */
    private void widths(final TargetTrace target) {
        final TimeWidths widths = report.widths(target);
        if (widths == null) {
            return;
        }
        text.append("widths    of events' times, ns: ").append(count(widths.exact())).append(" of ")
            .append(Counted.of(widths.count(), "event")).append(" have 0, p50 ").append(count(widths.quantile(0.5)))
            .append(", p99 ").append(count(widths.quantile(0.99))).append(", p99.9 ")
            .append(count(widths.quantile(0.999))).append(", most ").append(count(widths.most()))
            .append(widths.unknown() == 0 ? "" : "; unknown of " + count(widths.unknown())).append("; ticker late ")
            .append(Counted.of(target.ticker().lateCount(), "time")).append('\n');
    }

    private void account() {
        final TraceAccount account = report.account();
        final TextTable table = TextTable.ofFigures();
        table.row("fired", count(account.fired()));
        table.row("stored", count(account.stored()));
        if (account.removed() > 0) {
            table.row("removed", count(account.removed()));
        }
        table.row("discarded", count(account.discarded()));
        account.refused().forEach((cause, events) -> table.row("  of them " + cause.label(), count(events)));
        if (account.refusedInStalls() > 0) {
            table.row("  of them " + TraceReport.CONSUMER_STALLED, count(account.refusedInStalls()));
        }
        table.row("overwritten", count(account.overwritten()));
        table.row("lost", count(account.lostTotal()));
        for (final Map.Entry<String, Long> cause : account.lost().entrySet()) {
            table.row("  of them " + cause.getKey(), count(cause.getValue()));
        }
        table.row("traps", account.traps() == null ? UNKNOWN : count(account.traps()));
        table.row("blocked ms", account.blockedNs() == null ? UNKNOWN
            : String.format(Locale.ROOT, "%,.3f", account.blockedNs() / 1e6));
        text.append("\naccount\n");
        table.appendTo(text, INDENT);
        if (account.removed() > 0) {
            text.append(INDENT).append("removed: stored before, in segments that rotation has removed since\n");
        }
        final String removed = account.removed() > 0 ? " + removed" : "";
        text.append(INDENT).append("stored" + removed + " + discarded + overwritten + lost = fired: ")
            .append(account.isConsistent()
            ? account.isEndKnown() ? "yes" : "yes, up to the last packet; the end is unknown"
            : "NO, " + Counted.of(account.difference(), "event") + (account.difference() == 1 ? " is" : " are")
                + " not accounted for").append('\n');
    }

    /** Writes the account of each target, if there are several. */
    private void accounts() {
        final List<TargetTrace> targets = report.reader().targets();
        if (targets.size() < 2) {
            return;
        }
        final TextTable table = TextTable.ofFigures().row("target", "pid", "fired", "stored", "discarded",
            "overwritten", "lost", "not accounted for", "end");
        for (final TargetTrace target : targets) {
            final TraceAccount account = report.account(target);
            table.row(Integer.toString(target.index()), Integer.toString(target.info().pid()), count(account.fired()),
                count(account.stored()), count(account.discarded()), count(account.overwritten()),
                count(account.lostTotal()), count(account.difference()), account.isEndKnown() ? "known" : UNKNOWN);
        }
        text.append('\n');
        table.appendTo(text, "");
    }

    /** Writes what was refused and how long threads waited, but only if that happened. */
    private void pace() {
        for (final TargetTrace target : report.reader().targets()) {
            final PaceInfo pace = target.pace().orElse(null);
            if (pace != null && TraceReport.wasShort(target)) {
                text.append('\n').append("short     ").append(pace.shortage().label()).append(String.format(Locale.ROOT,
                    "; of %.3f s the receiving thread was idle for %.3f, on a processor for %.3f, waited for one for"
                        + " %.3f, and for the disk for %.3f%n", pace.wallNs() / 1e9, pace.idleNs() / 1e9,
                    pace.processorNs() / 1e9, pace.queuedNs() / 1e9, pace.diskNs() / 1e9));
            }
        }
    }

    private void stalls() {
        final TextTable table = TextTable.ofFigures().row("consumer stalled", "until", "seconds", "events refused");
        boolean any = false;
        for (final TargetTrace target : report.reader().targets()) {
            for (final StallInfo stall : target.stalls()) {
                any = true;
                table.row(WallTime.format(stall.beginRealtimeNs()), WallTime.format(stall.endRealtimeNs()),
                    String.format(Locale.ROOT, "%.3f", stall.durationNs() / 1e9), count(stall.refusedTotal()));
            }
        }
        if (any) {
            text.append('\n');
            table.appendTo(text, "");
        }
    }

    private void events() {
        final TextTable table = TextTable.ofFigures().row("event", "count", "a second");
        for (final EventStatistics event : report.events()) {
            table.row(name(event), count(event.count()), String.format(Locale.ROOT, "%,.0f", report.rate(event)));
        }
        text.append('\n');
        table.appendTo(text, "");
    }

    private String name(final EventStatistics event) {
        final String name = event.schema().name();
        return report.reader().targets().size() > 1 ? name + " (target " + event.target().index() + ")" : name;
    }

    private void fields() {
        final TextTable table = TextTable.ofFigures().row("field", "min", "p50", "p90", "p99", "p99.9", "max", "sum");
        boolean any = false;
        for (final EventStatistics event : report.events()) {
            for (final FieldStatistics field : event.fields()) {
                if (field.count() > 0 || field.nanCount() > 0) {
                    any = true;
                    table.row(name(event, field), number(field, field.min()), number(field, field.quantile(0.5)),
                        number(field, field.quantile(0.9)), number(field, field.quantile(0.99)),
                        number(field, field.quantile(0.999)), number(field, field.max()),
                        number(field, field.sum()));
                }
            }
        }
        if (any) {
            text.append('\n');
            table.appendTo(text, "");
            text.append(String.format(Locale.ROOT, "percentiles are approximate: at most %.0f %% off%n",
                TraceReport.PERCENTILE_ERROR * 100));
        }
    }

    private String name(final EventStatistics event, final FieldStatistics field) {
        return name(event) + "." + field.field().name()
            + (field.of().equals("length") ? " (length)" : "")
            + (field.nanCount() > 0 ? " (without " + count(field.nanCount()) + " NaN)" : "");
    }

    /** Writes how often each label of an enum occurred. */
    private void values() {
        final TextTable table = TextTable.ofFigures().row("field", "value", "count");
        boolean any = false;
        for (final EventStatistics event : report.events()) {
            for (final FieldStatistics field : event.fields()) {
                for (final Map.Entry<String, Long> value : FieldFigures.values(field)) {
                    any = true;
                    table.row(name(event, field), value.getKey(), count(value.getValue()));
                }
            }
        }
        if (any) {
            text.append('\n');
            table.appendTo(text, "");
        }
    }

    private void clockBreaks() {
        final List<ClockBreak> breaks = report.clockBreaks();
        if (!breaks.isEmpty()) {
            final TextTable table =
                TextTable.ofFigures().row("clock broke before", "how", "at most s before", "times off by s", "target");
            for (final ClockBreak found : breaks.subList(0, Math.min(MAX_STEPS, breaks.size()))) {
                table.row(WallTime.format(found.realtimeNs()), how(found),
                    String.format(Locale.ROOT, "%,.3f", found.withinNs() / 1e9),
                    String.format(Locale.ROOT, "%,.6f", found.ambiguityNs() / 1e9),
                    Integer.toString(found.target()));
            }
            text.append('\n');
            table.appendTo(text, "");
            if (breaks.size() > MAX_STEPS) {
                text.append(AND).append(count(breaks.size() - MAX_STEPS)).append(MORE);
            }
            text.append("times go on by CLOCK_MONOTONIC, and are off near a break only\n");
        }
    }

    private static String how(final ClockBreak found) {
        return switch (found.kind()) {
            case JUMP -> String.format(Locale.ROOT, "jumped by %+,.6f s", found.sizeNs() / 1e9);
            case RATE -> String.format(Locale.ROOT, "runs %+.4f %% faster", found.rateChange() * 100);
            case STOP -> String.format(Locale.ROOT, "stood still for %,.6f s", found.sizeNs() / 1e9);
        };
    }

    private void clockSteps() {
        final List<ClockStep> steps = report.clockSteps();
        if (!steps.isEmpty()) {
            final TextTable table =
                TextTable.ofFigures().row("wall clock set from", "to", "by s", "at most s before", "target");
            for (final ClockStep step : steps.subList(0, Math.min(MAX_STEPS, steps.size()))) {
                table.row(WallTime.format(step.realtimeBeforeNs()), WallTime.format(step.realtimeAfterNs()),
                    String.format(Locale.ROOT, "%+,.6f", step.sizeNs() / 1e9),
                    String.format(Locale.ROOT, "%,.3f", step.withinNs() / 1e9), Integer.toString(step.target()));
            }
            text.append('\n');
            table.appendTo(text, "");
            if (steps.size() > MAX_STEPS) {
                text.append(AND).append(count(steps.size() - MAX_STEPS)).append(MORE);
            }
            text.append("durations and rates are of CLOCK_MONOTONIC, which was not set\n");
        }
    }

    private void gaps() {
        final List<SequenceGap> gaps = report.reader().gaps();
        if (!gaps.isEmpty()) {
            final TextTable table = TextTable.ofFigures().row("gap", "batches", "events lost", "overwritten");
            for (final SequenceGap gap : gaps) {
                final long batches = gap.lastSequence() - gap.firstSequence() + 1;
                table.row(gap.stream().describe() + " from " + gap.firstSequence(),
                    count(batches), count(gap.events()), count(gap.overwritten()));
            }
            text.append('\n');
            table.appendTo(text, "");
        }
    }

    private void errors() {
        for (final TargetTrace target : report.reader().targets()) {
            if (!target.errors().isEmpty()) {
                text.append("\nerrors inside the tracer of target ").append(target.index()).append('\n');
            }
            for (final DistinctError error : target.errors()) {
                text.append(INDENT).append(count(error.count())).append(" from ")
                    .append(WallTime.format(TimeUnit.MILLISECONDS.toNanos(error.firstMs()))).append(" to ")
                    .append(WallTime.format(TimeUnit.MILLISECONDS.toNanos(error.lastMs()))).append(": ");
                text.append(PrintedText.safe(error.headline())).append('\n');
            }
        }
    }

    private static String count(final long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String number(final FieldStatistics field, final Number value) {
        return FieldFigures.text(field.field(), value);
    }
}
