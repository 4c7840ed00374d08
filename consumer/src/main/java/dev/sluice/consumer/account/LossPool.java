// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.store.format.LossCause;
import java.util.EnumMap;
import java.util.Map;

/**
 * Finds causes for missing batches. Sequence numbers say exactly how many batches and events each ring misses; the
 * kernel's counters say why batches are missing, but not of which ring. So each missing batch claims one count of some
 * cause that no other batch has claimed, and if no count is left, the batch was a trap that the kernel did not deliver.
 * Totals are exact; if several causes occur at the same time, it is a guess which ring had which cause. For one thread.
 */
public final class LossPool {
    /** Takes the losses of one cause. */
    public interface ClaimHandler {
        /**
         * Called once for each cause.
         *
         * @param batches how many batches were lost by the cause
         * @param events  events in them
         */
        void onClaim(LossCause cause, long batches, long events);
    }

    private static final LossCause[] ORDER = {
        LossCause.BUFFER_FULL, LossCause.COPY_FAULT, LossCause.BAD_HEADER, LossCause.WRONG_EPOCH,
        LossCause.RECORD_STUCK, LossCause.MALFORMED};

    private final Map<LossCause, Long> counted = new EnumMap<>(LossCause.class);
    private final Map<LossCause, Long> claimed = new EnumMap<>(LossCause.class);

    /** Sets how many batches a cause has cost since the session began. */
    public void counted(final LossCause cause, final long batches) {
        counted.put(cause, batches);
    }

    /**
     * Claims causes for missing batches.
     *
     * @param batches how many are missing
     * @param events  events in all of them
     * @param handler called with each cause
     */
    public void claim(final long batches, final long events, final ClaimHandler handler) {
        long batchesLeft = batches;
        long eventsLeft = events;
        for (final LossCause cause : ORDER) {
            final long unclaimed = counted.getOrDefault(cause, 0L) - claimed.getOrDefault(cause, 0L);
            final long taken = Math.min(batchesLeft, Math.max(0, unclaimed));
            if (taken > 0) {
                claimed.merge(cause, taken, Long::sum);
                final long share = taken == batchesLeft ? eventsLeft
                    : (long) ((double) eventsLeft * taken / batchesLeft);
                handler.onClaim(cause, taken, share);
                batchesLeft -= taken;
                eventsLeft -= share;
            }
        }
        if (batchesLeft > 0 || eventsLeft > 0) {
            handler.onClaim(LossCause.TRAP_MISSED, batchesLeft, eventsLeft);
        }
    }
}
