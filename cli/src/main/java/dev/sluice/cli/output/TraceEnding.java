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
     * @param missing how many events are missing among them
     */
    public static TraceEnding of(final TraceReader reader, final Selection selection, final long missing) {
        final List<String> lines = new ArrayList<>(TraceDamageText.lines(reader));
        // Who asks for events before some time, or for the first few, has them all, however the trace ended.
        final boolean wantsEnd = selection.to().isEmpty() && selection.limit() == Long.MAX_VALUE;
        final boolean isEndOpen = wantsEnd && !reader.isEndKnown();
        if (isEndOpen) {
            lines.add("the end of the trace is unknown: " + (reader.isBeingRecorded()
                ? "it is still being recorded, and more may come; 'sluice tail' follows it"
                : "the recording was cut off, and more may have been fired; 'sluice report' has the account"));
        }
        final boolean isWhole = reader.damageCount() == 0 && missing == 0 && !isEndOpen;
        return new TraceEnding(lines, isWhole ? ExitStatus.OK : ExitStatus.INCOMPLETE);
    }
}
