// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import dev.sluice.store.html.HtmlText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;

/**
 * A plot with two axes, each with its unit: points with intervals, curves and levels. A series has a colour, a shape or
 * a dash of its own and its name in the legend, so that nobody needs to tell colours apart. For one thread.
 */
final class Plot {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 420;
    private static final int LEFT = 76;
    private static final int RIGHT = 24;
    private static final int TOP = 14;
    private static final int BOTTOM = 54;
    private static final int CURVE_POINTS = 120;
    private static final int SHAPES = 4;
    private static final int STYLES = 7;
    private static final int DASHES = 4;
    private static final double SIZE = 5;
    /** Room beyond the outermost values, as a part of the axis. */
    private static final double ROOM = 0.04;

    private final Axis x;
    private final Axis y;
    private final StringBuilder marks = new StringBuilder();
    private final StringBuilder legend = new StringBuilder();
    private final String name;
    private int series;

    /**
     * A point.
     *
     * @param x    where
     * @param y    the value
     * @param low  of its interval
     * @param high of it
     * @param text what it says of itself
     */
    record Point(double x, double y, double low, double high, String text) {
    }

    /**
     * Begins one.
     *
     * @param name of the plot, for who cannot see it
     * @param x    horizontal
     * @param y    vertical
     */
    Plot(final String name, final Axis x, final Axis y) {
        this.name = name;
        this.x = x.between(LEFT, WIDTH - RIGHT, ROOM);
        this.y = y.between(HEIGHT - BOTTOM, TOP, ROOM);
    }

    /** Points with their intervals, and a thin line through them. */
    Plot points(final String of, final List<Point> points) {
        final int shape = series % SHAPES;
        final String style = "s" + series++;
        final List<String> places = new ArrayList<>();
        for (final Point point : points) {
            places.add(place(point.x(), point.y()));
        }
        marks.append("<polyline class=\"thin ").append(style).append("\" points=\"").append(String.join(" ", places))
            .append("\"/>\n");
        for (final Point point : points) {
            marks.append("<g class=\"").append(style).append("\"><title>").append(HtmlText.text(point.text()))
                .append("</title>");
            line("", x.place(point.x()), y.place(point.low()), x.place(point.x()), y.place(point.high()));
            marks.append(shape(shape, x.place(point.x()), y.place(point.y()))).append("</g>\n");
        }
        entry(style, shape(shape, 14, 8) + "<line x1=\"0\" y1=\"8\" x2=\"28\" y2=\"8\" class=\"thin\"/>", of);
        return this;
    }

    /** A line through many points, which are not marked. */
    Plot line(final String of, final List<Point> points) {
        final String style = "s" + series % STYLES + " d" + series % DASHES;
        series++;
        marks.append("<polyline class=\"line ").append(style).append("\" points=\"").append(points.stream()
            .map(point -> place(point.x(), point.y())).collect(Collectors.joining(" "))).append("\"/>\n");
        entry(style, "<line x1=\"0\" y1=\"8\" x2=\"28\" y2=\"8\" class=\"line\"/>", of);
        return this;
    }

    /** A curve over the whole axis. */
    Plot curve(final String of, final DoubleUnaryOperator function) {
        final String style = "s" + series++;
        final List<String> places = new ArrayList<>();
        for (int i = 0; i <= CURVE_POINTS; i++) {
            final double at = x.at((double) i / CURVE_POINTS);
            places.add(place(at, function.applyAsDouble(at)));
        }
        marks.append("<polyline class=\"curve ").append(style).append("\" points=\"").append(String.join(" ", places))
            .append("\"/>\n");
        entry(style, "<line x1=\"0\" y1=\"8\" x2=\"28\" y2=\"8\" class=\"curve\"/>", of);
        return this;
    }

    /** A value that is the same all along the axis. */
    Plot level(final String of, final double value) {
        final String style = "s" + series++;
        marks.append("<g class=\"").append(style).append("\">");
        line("level", LEFT, y.place(value), WIDTH - RIGHT, y.place(value));
        text("quiet", WIDTH - RIGHT - 4, y.place(value) - 6, "end", of);
        marks.append("</g>\n");
        entry(style, "<line x1=\"0\" y1=\"8\" x2=\"28\" y2=\"8\" class=\"level\"/>", of);
        return this;
    }

    /** A place on the horizontal axis, with its name beside it. */
    Plot mark(final String of, final double value) {
        final double at = x.place(value);
        line("mark", at, TOP, at, HEIGHT - BOTTOM);
        text("quiet", at + 5, HEIGHT - BOTTOM - 8, "start", of);
        return this;
    }

    private String place(final double atX, final double atY) {
        return String.format(Locale.ROOT, "%.2f,%.2f", x.place(atX), y.place(atY));
    }

    private void entry(final String style, final String sample, final String of) {
        legend.append("<span class=\"entry\"><svg class=\"sample ").append(style)
            .append("\" viewBox=\"0 0 28 16\">").append(sample).append("</svg> ").append(HtmlText.text(of))
            .append("</span>\n");
    }

    private static String shape(final int shape, final double atX, final double atY) {
        return switch (shape) {
            case 0 -> String.format(Locale.ROOT, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.1f\"/>", atX, atY, SIZE);
            case 1 -> String.format(Locale.ROOT, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.1f\" height=\"%.1f\"/>",
                atX - SIZE, atY - SIZE, 2 * SIZE, 2 * SIZE);
            case 2 -> String.format(Locale.ROOT, "<path d=\"M%.2f %.2f l%.1f %.1f h-%.1f z\"/>", atX,
                atY - SIZE, SIZE, 2 * SIZE, 2 * SIZE);
            default -> String.format(Locale.ROOT, "<path d=\"M%.2f %.2f l%.1f %.1f l-%.1f %.1f l-%.1f -%.1f z\"/>",
                atX, atY - SIZE, SIZE, SIZE, SIZE, SIZE, SIZE, SIZE);
        };
    }

    private void line(final String style, final double x1, final double y1, final double x2, final double y2) {
        marks.append(String.format(Locale.ROOT, "<line%s x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\"/>",
            style.isEmpty() ? "" : " class=\"" + style + "\"", x1, y1, x2, y2));
    }

    private void text(final String style, final double atX, final double atY, final String anchor, final String of) {
        marks.append(String.format(Locale.ROOT, "<text class=\"%s\" x=\"%.2f\" y=\"%.2f\" text-anchor=\"%s\">"
            + "%s</text>%n", style, atX, atY, anchor, HtmlText.text(of)));
    }

    /** The plot with its axes and legend. */
    String html() {
        final String drawn = marks.toString();
        marks.setLength(0);
        for (final double tick : x.ticks()) {
            line("grid", x.place(tick), TOP, x.place(tick), HEIGHT - BOTTOM);
            text("tick", x.place(tick), HEIGHT - BOTTOM + 18, "middle", Axis.label(tick));
        }
        for (final double tick : y.ticks()) {
            line("grid", LEFT, y.place(tick), WIDTH - RIGHT, y.place(tick));
            text("tick", LEFT - 8, y.place(tick) + 4, "end", Axis.label(tick));
        }
        text("label", (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10, "middle", x.name());
        marks.append(String.format(Locale.ROOT, "<text class=\"label\" transform=\"translate(16 %.1f) rotate(-90)\""
            + " text-anchor=\"middle\">%s</text>%n", (TOP + HEIGHT - BOTTOM) / 2.0, HtmlText.text(y.name())));
        return "<figure><div class=\"legend\">" + legend + "</div><svg class=\"plot\" viewBox=\"0 0 " + WIDTH + ' '
            + HEIGHT + "\" role=\"img\" aria-label=\"" + HtmlText.text(name) + "\">\n" + marks + drawn
            + "</svg></figure>\n";
    }
}
