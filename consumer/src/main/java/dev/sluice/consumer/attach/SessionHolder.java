// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.ring.TaggedWord;

/**
 * A session word, unpacked.
 *
 * @param epoch epoch of the newest session; 0 if there never was one
 * @param pid   process id of its consumer, as that sees itself; 0 when nobody holds the session
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
