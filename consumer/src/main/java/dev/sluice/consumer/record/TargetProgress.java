// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.store.format.LossCause;
import java.util.Map;

/**
 * What the recording of one target has done so far.
 *
 * @param pid               process id of the target
 * @param isEnded           whether the target's part of the trace has ended
 * @param storedEvents      events stored; this may lag a little
 * @param storedBatches     batches stored
 * @param storedBytes       bytes of batches stored
 * @param lost              events lost, by cause
 * @param discarded         events that the target's rings have refused since it began
 * @param overwritten       events that were overwritten in the target's rings since it began
 * @param discardedBefore   those that were refused before this recording of the target began
 * @param overwrittenBefore those that were overwritten before this recording of the target began
 */
public record TargetProgress(long pid, boolean isEnded, long storedEvents, long storedBatches, long storedBytes,
    Map<LossCause, Long> lost, long discarded, long overwritten, long discardedBefore, long overwrittenBefore) {
    /** The same, when the target's part of the trace has ended. */
    TargetProgress ended() {
        return new TargetProgress(pid, true, storedEvents, storedBatches, storedBytes, lost, discarded, overwritten,
            discardedBefore, overwrittenBefore);
    }

    /** Events refused in this recording of the target so far. A count that a target has turned back is 0. */
    public long discardedSince() {
        return Math.max(0, discarded - discardedBefore);
    }

    /** Events overwritten in this recording of the target so far. A count that a target has turned back is 0. */
    public long overwrittenSince() {
        return Math.max(0, overwritten - overwrittenBefore);
    }
}
