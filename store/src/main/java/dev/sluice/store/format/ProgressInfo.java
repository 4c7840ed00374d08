// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import java.util.List;

/**
 * How far a target's part of a trace has come where a segment begins or ends. The one at the begin stands for all
 * segments before: a reader that does not have these any more goes on from here.
 *
 * @param realtimeNs      CLOCK_REALTIME, ns since 1970
 * @param monotonicNs     CLOCK_MONOTONIC of the recorder, ns: whatever was fired later is in later segments
 * @param isEnd           whether it stands at the end of a segment, which another one follows
 * @param streams         of each stream that the trace has
 * @param losses          sums by ring, cause and, of those that name any, sequence numbers
 * @param refusedInStalls events that were refused because the consumer did not keep up
 */
public record ProgressInfo(long realtimeNs, long monotonicNs, boolean isEnd, List<OfStream> streams,
    List<LossInfo> losses, long refusedInStalls) {
    /**
     * How far one stream has come.
     *
     * @param stream            which one
     * @param sequenceBefore    sequence number of the last batch before the trace
     * @param eventsBefore      events written to the ring before the trace
     * @param discardedBefore   events discarded by then
     * @param overwrittenBefore events overwritten by then
     * @param sequence          sequence number of the last batch that was stored
     * @param events            events written to the ring up to its end, since the ring began
     * @param discarded         events discarded by then
     * @param overwritten       events overwritten by then
     * @param storedEvents      events stored in this trace
     * @param storedBatches     batches stored in this trace
     * @param lostInGaps        events that are missing between these batches because they were lost
     * @param missingBatches    batches that are missing between these
     */
    public record OfStream(StreamKey stream, long sequenceBefore, long eventsBefore, long discardedBefore,
        long overwrittenBefore, long sequence, long events, long discarded, long overwritten, long storedEvents,
        long storedBatches, long lostInGaps, long missingBatches) {
    }

    /** Copies the lists. */
    public ProgressInfo {
        streams = List.copyOf(streams);
        losses = List.copyOf(losses);
    }

    /** Events of all streams stored so far. */
    public long storedEvents() {
        return streams.stream().mapToLong(OfStream::storedEvents).sum();
    }
}
