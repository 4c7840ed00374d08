// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.html;

import dev.sluice.store.format.StallInfo;
import dev.sluice.store.question.TimeLine;
import dev.sluice.store.question.TimeLine.Series;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.text.UnitText;
import dev.sluice.store.text.WallTime;
import java.util.List;
import java.util.Locale;

/** Draws rates over time, one plot above the other, with what is missing and stalls marked on each. For one thread. */
final class RatePlots {
    private static final int WIDTH = 1000;
    private static final int PLOT = 64;
    private static final int MARKS = 8;
    private static final int MOST_PLOTS = 12;
    /** A loss must be seen, however short a step is. */
    private static final double LEAST_MARK = 4;
    private static final int TICKS = 5;
    private static final double NS_PER_SECOND = 1e9;

    private final TimeLine line;
    private final List<TargetTrace> targets;
    private final StringBuilder html;
    private final double stepWidth;

    RatePlots(final TimeLine line, final List<TargetTrace> targets, final StringBuilder html) {
        this.line = line;
        this.targets = targets;
        this.html = html;
        stepWidth = line.steps() == 0 ? WIDTH : (double) WIDTH / line.steps();
    }

    void append() {
        html.append("<p>One bar is ").append(UnitText.duration(line.stepNs())).append("; from ")
            .append(WallTime.format(line.beginWallNs())).append(" to ").append(WallTime.format(line.endWallNs()))
            .append(". <span class=\"lost key\">lost</span> <span class=\"overwritten key\">overwritten</span>"
                + " <span class=\"discarded key\">discarded</span> before the next event of the same ring;"
                + " <span class=\"stall key\">consumer stalled</span></p>\n");
        plot(line.all());
        final List<Series> kinds = line.kinds();
        if (kinds.size() > 1) {
            kinds.stream().limit(MOST_PLOTS).forEach(this::plot);
        }
        if (kinds.size() > MOST_PLOTS) {
            html.append("<p>and ").append(HtmlText.count(kinds.size() - MOST_PLOTS))
                .append(" kinds of events with fewer</p>\n");
        }
        axis();
    }

    private void plot(final Series series) {
        final long most = Math.max(1, series.most());
        final String name = series.name()
            + (series.target() >= 0 && targets.size() > 1 ? " (target " + series.target() + ")" : "");
        html.append("<figure><figcaption>").append(HtmlText.text(name)).append(" <span class=\"quiet\">")
            .append(HtmlText.count(series.total())).append(", at most ")
            .append(HtmlText.rounded(most * NS_PER_SECOND / line.stepNs())).append(" a second</span></figcaption>\n");
        html.append("<svg class=\"rates\" viewBox=\"0 0 ").append(WIDTH).append(' ').append(PLOT + MARKS)
            .append("\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"").append(HtmlText.text(name))
            .append("\">\n");
        stalls();
        for (int step = 0; step < line.steps(); step++) {
            final long count = series.count(step);
            if (count > 0) {
                final double height = Math.max(1.0, (double) count * PLOT / most);
                rect("rate", 1, step, PLOT - height, height, HtmlText.count(count) + " events, "
                    + HtmlText.rounded(count * NS_PER_SECOND / line.stepNs()) + " a second, at +"
                    + UnitText.duration((double) step * line.stepNs()));
            }
        }
        for (final Series missing : line.missing()) {
            for (int step = 0; step < line.steps(); step++) {
                if (missing.count(step) > 0) {
                    rect(missing.name(), LEAST_MARK, step, PLOT, MARKS, HtmlText.count(missing.count(step)) + " events "
                        + missing.name() + " at +" + UnitText.duration((double) step * line.stepNs()));
                }
            }
        }
        html.append("</svg></figure>\n");
    }

    private void rect(final String kind, final double least, final int step, final double top, final double height,
        final String title) {
        html.append(String.format(Locale.ROOT, "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\""
            + " height=\"%.2f\"><title>%s</title></rect>%n", kind, step * stepWidth, top,
            Math.max(least, stepWidth), height, HtmlText.text(title)));
    }

    private void stalls() {
        for (final TargetTrace target : targets) {
            for (final StallInfo stall : target.stalls()) {
                final double from = place(stall.beginMonotonicNs());
                final double to = place(stall.endMonotonicNs());
                html.append(String.format(Locale.ROOT, "<rect class=\"stall\" x=\"%.2f\" y=\"0\" width=\"%.2f\""
                    + " height=\"%d\"><title>%s</title></rect>%n", from, Math.max(1, to - from), PLOT + MARKS,
                    HtmlText.text("the consumer stalled for " + UnitText.duration(stall.durationNs()) + "; "
                        + HtmlText.count(stall.refusedTotal()) + " events refused")));
            }
        }
    }

    private double place(final long ns) {
        final double place = ((double) ns - line.beginNs()) / line.stepNs() * stepWidth;
        return Math.max(0, Math.min(WIDTH, place));
    }

    private void axis() {
        html.append("<div class=\"axis\">");
        for (int i = 0; i <= TICKS; i++) {
            html.append("<span>+").append(UnitText.duration((double) line.steps() * line.stepNs() * i / TICKS))
                .append("</span>");
        }
        html.append("</div>\n");
    }
}
