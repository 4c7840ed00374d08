// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.salvage;

import java.nio.file.Path;
import java.util.List;

/**
 * The result of a salvage.
 *
 * @param directory     where the trace is
 * @param known         whether every target's account is final
 * @param copied        documents copied from the interrupted trace
 * @param events        events read from rings
 * @param packets       packets that were made of them
 * @param drainedBefore events that were drained and received before, but are not in the trace that was given
 * @param unconfirmed   events that were drained but that no consumer has confirmed as stored, and that are not in the
 * trace that was given
 * @param warnings      what the user should know
 */
public record SalvageResult(Path directory, boolean known, long copied, long events, long packets,
                            long drainedBefore, long unconfirmed, List<String> warnings) {
    /** Copies the list. */
    public SalvageResult {
        warnings = List.copyOf(warnings);
    }
}
