// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.bench.measure.FireTimes;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** Times of single fires in a file of results: percentiles, the curve, and the histogram itself. Stateless. */
final class FireTimesJson {
    private static final List<Double> PERCENTILES = List.of(50.0, 90.0, 99.0, 99.9, 99.99);
    /** Points of the curve for each halving of what is left above. */
    private static final int TICKS = 8;

    private FireTimesJson() {
    }

    static void write(final ObjectNode node, final FireTimes times) {
        write(node.putObject("all"), times.allTimes());
        final Histogram draining = times.drainingTimes();
        if (draining.getTotalCount() > 0) {
            write(node.putObject("plain"), times.plainTimes());
            write(node.putObject("draining"), draining);
        }
        node.put("hdr_plain", times.plain()).put("hdr_draining", times.draining());
    }

    private static void write(final ObjectNode node, final Histogram histogram) {
        node.put("count", histogram.getTotalCount());
        for (final double percentile : PERCENTILES) {
            node.put("p" + Double.toString(percentile).replace(".0", ""), histogram.getValueAtPercentile(percentile));
        }
        node.put("max", histogram.getMaxValue());
        // Which part took longer than this.
        final ArrayNode curve = node.putArray("ccdf");
        for (final HistogramIterationValue step : histogram.percentiles(TICKS)) {
            final long above = histogram.getTotalCount() - step.getTotalCountToThisValue();
            if (above > 0) {
                curve.addArray().add(step.getValueIteratedTo()).add((double) above / histogram.getTotalCount());
            }
        }
    }
}
