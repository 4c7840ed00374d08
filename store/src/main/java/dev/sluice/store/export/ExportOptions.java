// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.store.field.FieldName;
import dev.sluice.store.pair.PairName;
import java.util.List;

/**
 * What a format is asked for besides the events. Immutable.
 *
 * @param pairs    events that begin and end slices; if there are none, pairs are found by their names, as
 *                 {@link dev.sluice.store.pair.PairConvention} has it. Only for formats that
 *                 {@link ExportFormat#hasPairs}
 * @param counters numeric fields whose values are also written as counters. Only for formats that
 *                 {@link ExportFormat#hasCounters}
 */
public record ExportOptions(List<PairName> pairs, List<FieldName> counters) {
    /** Nothing else is asked for. */
    public static final ExportOptions NONE = new ExportOptions(List.of(), List.of());

    /** Copies the lists. */
    public ExportOptions {
        pairs = List.copyOf(pairs);
        counters = List.copyOf(counters);
    }
}
