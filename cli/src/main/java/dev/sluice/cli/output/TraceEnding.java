// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import dev.sluice.store.query.Selection;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceDamageText;
import java.util.ArrayList;
import java.util.List;

/**
 * What a command says behind the events of a trace that it has handed on, and its exit status: the same for printing,
 * exporting and replaying.
 *
 * @param lines  for standard error
 * @param status the exit status
 */
public record TraceEnding(List<String> lines, int status) {
    /**
     * Looks at a trace whose selected events were all handed on.
     *
     * @param handedOn how many these were
     * @param missing  how many events are missing among them
     */
    public static TraceEnding of(final TraceReader reader, final Selection selection, final long handedOn,
        final long missing) {
        final List<String> lines = new ArrayList<>(TraceDamageText.lines(reader));
        // Who asks for so many events, and got them, has them all, however the trace ended. Who asks for those before
        // some time does not: a thread that fires seldom may have had earlier ones in its ring.
        final boolean isEndOpen = !reader.isEndKnown() && handedOn < selection.limit();
        if (isEndOpen) {
            lines.add("the end of the trace is unknown: " + (reader.isBeingRecorded()
                ? "it is still being recorded, and more may come; 'sluice tail' follows it"
                : "the recording was cut off, and more may have been fired; 'sluice report' has the account"));
        }
        final boolean isWhole = reader.damageCount() == 0 && missing == 0 && !isEndOpen;
        return new TraceEnding(lines, isWhole ? ExitStatus.OK : ExitStatus.INCOMPLETE);
    }
}
