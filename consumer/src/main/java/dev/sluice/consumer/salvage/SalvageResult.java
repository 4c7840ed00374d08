// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.salvage;

import java.nio.file.Path;
import java.util.List;

/**
 * What a salvage came to.
 *
 * @param directory     where the trace is
 * @param known         whether every target's account is final
 * @param copied        documents copied from the interrupted trace
 * @param events        events read from rings
 * @param packets       packets that they make
 * @param drainedBefore events that were drained and received before, and that are in no trace given here
 * @param unconfirmed   events that were drained, of which no consumer has confirmed that it stored them, and that are
 * in
 *                      no trace given here
 * @param warnings      what a person should know
 */
public record SalvageResult(Path directory, boolean known, long copied, long events, long packets,
                            long drainedBefore, long unconfirmed, List<String> warnings) {
    /** Copies the list. */
    public SalvageResult {
        warnings = List.copyOf(warnings);
    }
}
