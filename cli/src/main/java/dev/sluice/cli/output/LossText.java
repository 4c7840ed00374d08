// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import dev.sluice.store.format.LossCause;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Losses in one cell of a table or one part of a sentence. */
public final class LossText {
    private LossText() {
    }

    /** "0", or "12 (buffer_full 10, trap_missed 2)". */
    public static String of(final Map<LossCause, Long> losses) {
        final long total = losses.values().stream().mapToLong(Long::longValue).sum();
        final List<String> causes = new ArrayList<>();
        losses.forEach((cause, count) -> causes.add(String.format("%s %,d", cause.label(), count)));
        return String.format("%,d", total) + (causes.isEmpty() ? "" : " (" + String.join(", ", causes) + ")");
    }
}
