// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.ring.JournalDescriptor;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeader;
import dev.sluice.ring.Slot;
import dev.sluice.ring.SlotDescriptor;

/**
 * What a ring's journal says of some batches.
 *
 * @param events      events in those that it remembers
 * @param paddedBytes their contents' padded lengths, summed
 * @param batches     how many it remembers
 * @param eventsEnd   events written up to the end of the last of them, 0 if it is not remembered
 * @param isComplete  whether it remembers all of them
 */
public record JournalSum(long events, long paddedBytes, long batches, long eventsEnd, boolean isComplete) {
    /** Sums the entries of some sequences; at most the newest {@link SlotDescriptor#JOURNAL_ENTRIES} are there. */
    public static JournalSum of(final Slot slot, final long first, final long last) {
        long events = 0;
        long bytes = 0;
        long batches = 0;
        long eventsEnd = 0;
        // Counted by index: sequences are the target's words, and may be the greatest number there is.
        final int remembered = (int) Math.max(0, Math.min(SlotDescriptor.JOURNAL_ENTRIES, last - first + 1));
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
