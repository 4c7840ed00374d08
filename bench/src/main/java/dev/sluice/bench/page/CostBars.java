// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import dev.sluice.bench.measure.Median;
import dev.sluice.store.html.HtmlText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Draws of what the cost of an event consists, a bar for each way. For one thread. */
final class CostBars {
    private static final int WIDTH = 960;
    private static final int LEFT = 250;
    private static final int RIGHT = 90;
    private static final int ROW = 30;
    private static final int BAR = 18;
    private static final int FOOT = 48;
    private static final double LEAST_NAMED = 34;

    /** All parts that there are: each has the colour of its place. The last two are never in one picture. */
    private static final List<String> PARTS = List.of("clock", "trap", "drain", "store", "ring", "native call", "test",
        "kernel entry");
    private static final int LAST_STYLE = 6;

    private final Figures figures;
    private final List<Bar> bars = new ArrayList<>();

    /**
     * A part of a bar.
     *
     * @param name of the part
     * @param ns   at least 0
     */
    private record Part(String name, double ns) {
        /** Its colour, which is the same in all bars. */
        String style() {
            return "s" + Math.min(LAST_STYLE, PARTS.indexOf(name));
        }
    }

    /**
     * A bar.
     *
     * @param name  of the way
     * @param ns    that it costs; less than its parts if one of them is less than nothing
     * @param parts from the left
     */
    private record Bar(String name, double ns, List<Part> parts) {
        double length() {
            return Math.max(ns, parts.stream().mapToDouble(Part::ns).sum());
        }
    }

    CostBars(final Figures figures) {
        this.figures = figures;
    }

    /**
     * A bar of ways that include one another, each with a name for what it adds: name, way, name, way, and so on. If
     * one of them was not measured there is no bar.
     *
     * @param base the way that stands for nothing
     */
    CostBars bar(final String name, final String base, final String... steps) {
        final List<Part> parts = new ArrayList<>();
        String before = base;
        for (int i = 0; i < steps.length; i += 2) {
            final Optional<Median> over = figures.over(steps[i + 1], before);
            if (over.isEmpty()) {
                return this;
            }
            // One that costs less than what it includes has parts that the processor does at the same time.
            parts.add(new Part(steps[i], Math.max(0, over.get().value())));
            before = steps[i + 1];
        }
        bars.add(new Bar(name, figures.over(before, base).map(Median::value).orElse(0.0), parts));
        return this;
    }

    /** The bars over one axis; empty if nothing was measured. */
    String html(final String label) {
        if (bars.isEmpty()) {
            return "";
        }
        final int height = bars.size() * ROW;
        final Axis axis = Axis.linear("ns", bars.stream().mapToDouble(Bar::length).max().orElse(1))
            .between(LEFT, WIDTH - RIGHT, 0);
        final StringBuilder svg = new StringBuilder("<figure>" + legend() + "<svg class=\"plot\" viewBox=\"0 0 "
            + WIDTH + ' ' + (height + FOOT) + "\" role=\"img\" aria-label=\"" + HtmlText.text(label) + "\">\n");
        for (final double tick : axis.ticks()) {
            svg.append(String.format(Locale.ROOT, "<line class=\"grid\" x1=\"%.2f\" y1=\"0\" x2=\"%.2f\" y2=\"%d\"/>"
                + "<text class=\"tick\" x=\"%.2f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n", axis.place(tick),
                axis.place(tick), height, axis.place(tick), height + 16, Axis.label(tick)));
        }
        for (int i = 0; i < bars.size(); i++) {
            append(svg, bars.get(i), i * ROW, axis);
        }
        return svg.append(String.format(Locale.ROOT, "<text class=\"label\" x=\"%.1f\" y=\"%d\""
            + " text-anchor=\"middle\">%s</text></svg></figure>%n", (LEFT + WIDTH - RIGHT) / 2.0, height + 38,
            HtmlText.text(label))).toString();
    }

    private String legend() {
        final StringBuilder legend = new StringBuilder("<div class=\"legend\">");
        PARTS.stream().filter(name -> bars.stream().anyMatch(bar -> bar.parts().stream()
            .anyMatch(part -> part.name().equals(name)))).forEach(name -> legend
            .append("<span class=\"entry\"><svg class=\"sample ").append(new Part(name, 0).style())
            .append("\" viewBox=\"0 0 28 16\"><rect x=\"4\" y=\"2\" width=\"20\" height=\"12\"/></svg> ")
            .append(name).append("</span>"));
        return legend.append("</div>").toString();
    }

    private static void append(final StringBuilder svg, final Bar bar, final int top, final Axis axis) {
        svg.append(String.format(Locale.ROOT, "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n",
            LEFT - 8, top + ROW / 2 + 4, HtmlText.text(bar.name())));
        double sum = 0;
        for (final Part part : bar.parts()) {
            final double begin = axis.place(sum);
            sum += part.ns();
            final double width = axis.place(sum) - begin;
            svg.append(String.format(Locale.ROOT, "<g class=\"%s\"><title>%s: %s ns</title><rect class=\"part\""
                + " x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\"/>", part.style(), HtmlText.text(part.name()),
                Numbers.ns(part.ns()), begin, top + (ROW - BAR) / 2, width, BAR));
            if (width >= LEAST_NAMED + part.name().length() * 4) {
                svg.append(String.format(Locale.ROOT, "<text class=\"inside\" x=\"%.2f\" y=\"%d\""
                    + " text-anchor=\"middle\">%s</text>", begin + width / 2, top + ROW / 2 + 4,
                    HtmlText.text(part.name())));
            }
            svg.append("</g>\n");
        }
        svg.append(String.format(Locale.ROOT, "<text class=\"tick\" x=\"%.2f\" y=\"%d\">%s ns</text>%n",
            axis.place(sum) + 6, top + ROW / 2 + 4, Numbers.ns(bar.ns())));
    }
}
