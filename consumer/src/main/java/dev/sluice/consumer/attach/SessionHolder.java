// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.ring.memory.TaggedWord;

/**
 * The content of a session word.
 *
 * @param epoch epoch of the newest session; 0 if there never was a session
 * @param pid   process id of the session's consumer, in the consumer's own namespace; 0 if nobody holds the session
 */
public record SessionHolder(int epoch, int pid) {
    public static SessionHolder of(final long word) {
        return new SessionHolder(TaggedWord.epoch(word), (int) word);
    }

    public long word() {
        return TaggedWord.of(epoch, Integer.toUnsignedLong(pid));
    }

    /** Whether nobody holds the session. */
    public boolean isFree() {
        return pid == 0;
    }
}
