// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.region.JournalDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;

/**
 * The sum of a ring's journal entries for some batches.
 *
 * @param events      number of events in the batches that the journal remembers
 * @param paddedBytes sum of the padded lengths of their contents
 * @param batches     number of batches that the journal remembers
 * @param eventsEnd   number of events written up to the end of the last batch; 0 if the journal does not remember that
 *                    batch
 * @param isComplete  whether the journal remembers all of the batches
 */
public record JournalSum(long events, long paddedBytes, long batches, long eventsEnd, boolean isComplete) {
    /**
     * Sums the entries of some sequence numbers. At most the newest {@link SlotDescriptor#LONG_JOURNAL_ENTRIES} are
     * there.
     */
    public static JournalSum of(final Slot slot, final long first, final long last) {
        long events = 0;
        long bytes = 0;
        long batches = 0;
        long eventsEnd = 0;
        // The loop counts an index, because the sequence numbers are words of the target and may be the greatest long.
        final int remembered = (int) Math.max(0, Math.min(SlotDescriptor.LONG_JOURNAL_ENTRIES, last - first + 1));
        for (int i = remembered - 1; i >= 0; i--) {
            final long s = last - i;
            final long entry = slot.journalAddress(s);
            if (Memory.getLongAcquire(entry + JournalDescriptor.SEQUENCE_OFFSET) == s) {
                final long count = Integer.toUnsignedLong(Memory.getInt(entry + JournalDescriptor.EVENT_COUNT_OFFSET));
                events += count;
                eventsEnd = s == last ? Memory.getLong(entry + JournalDescriptor.EVENTS_BEFORE_OFFSET) + count : 0;
                bytes += Integer.toUnsignedLong(Memory.getInt(entry + JournalDescriptor.PADDED_LENGTH_OFFSET));
                batches++;
            }
        }
        eventsEnd = PacketHeader.isCount(eventsEnd) ? eventsEnd : 0;
        return new JournalSum(events, bytes, batches, eventsEnd, batches == last - first + 1);
    }
}
