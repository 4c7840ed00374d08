// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.store.format.LossCause;
import java.util.Map;

/**
 * What the recording of one target has done so far.
 *
 * @param pid           process id of the target
 * @param isEnded       whether the target's part of the trace has ended
 * @param storedEvents  events stored; this may lag a little
 * @param storedBatches batches stored
 * @param storedBytes   bytes of batches stored
 * @param lost          events lost, by cause
 * @param discarded     events that the target's rings have refused since it began
 * @param overwritten   events that were overwritten in the target's rings since it began
 */
public record TargetProgress(long pid, boolean isEnded, long storedEvents, long storedBatches, long storedBytes,
    Map<LossCause, Long> lost, long discarded, long overwritten) {
    /** The same, when the target's part of the trace has ended. */
    TargetProgress ended() {
        return new TargetProgress(pid, true, storedEvents, storedBatches, storedBytes, lost, discarded, overwritten);
    }
}
