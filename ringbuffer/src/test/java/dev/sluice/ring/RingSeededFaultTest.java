// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.control.FullPolicy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Takes one guard of the ring out at a time and checks that {@link RingFaultTest}'s exploration of the named kind sees
 * it, and sees nothing without the fault. Seeds are fixed, so that what is seen stays the same.
 */
class RingSeededFaultTest {
    private static final int OPERATIONS = 120;
    private static final long FIRST_SEED = 1;
    private static final long LAST_SEED = 12;

    @ParameterizedTest(name = "{0} is seen by {1}")
    @CsvSource({
        // fault                    exploration policy     owner drains  what is seen
        "LOCK_LEFT_OUT,             PREEMPTION, DISCARD,   true,         'go back|comes twice|another content'",
        "TAIL_BEFORE_DATA,          DEATH,      DISCARD,   true,         'has other bytes|salvage: event'",
        "CONTENT_END_AFTER_TAIL,    DEATH,      DISCARD,   true,         'salvage: open chunk|missing: '",
        "HEAD_BEFORE_COPY,          DEATH,      DISCARD,   true,         'missing: '",
        "FIRST_TICKS_OF_THE_CHUNK,  DEATH,      DISCARD,   true,         'its ticks are not'",
        "JOURNAL_LEFT_OUT,          ERROR,      DISCARD,   true,         'go back|comes twice|another content'",
        "EPOCH_LEFT_OUT_OF_CREDITS, TAKEOVER,   DISCARD,   true,         'credits claimed'",
        "HEAD_NOT_AWAITED,          DEATH,      DISCARD,   false,        'missing: '",
        "CHUNK_STATE_NOT_COMPARED,  PREEMPTION, OVERWRITE, false,        'counted as overwritten|other bytes'",
        "CLAMP_LEFT_OUT,            DEATH,      DISCARD,   true,         'has other bytes'"})
    void shouldSeeTheFaultWhenAGuardIsLeftOut(
        final RingFault fault, final RingRun.Kind kind, final FullPolicy policy, final boolean ownerDrains,
        final String seen) {
        final int failures = kind == RingRun.Kind.DEATH ? Integer.MAX_VALUE : 1;
        String found = null;
        long seed = FIRST_SEED;
        while (found == null && seed <= LAST_SEED) {
            found = new RingExplorer(kind, policy, ownerDrains, failures, fault).firstFault(seed++, OPERATIONS);
        }
        System.out.println("seeded fault " + fault + ": " + found);
        assertThat(found).isNotNull().containsPattern(seen);
        assertThat(new RingExplorer(kind, policy, ownerDrains, failures, null).firstFault(seed - 1, OPERATIONS))
            .isNull();
    }
}
