// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.Seed;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class GlobTest {
    private static final int ROUNDS = 200_000;

    @Test
    void shouldSelectWhatThePatternSays() {
        assertThat(Glob.ofEvents("orders:*").matches("orders:placed")).isTrue();
        assertThat(Glob.ofEvents("orders").matches("orders:placed")).isTrue();
        assertThat(Glob.ofEvents("orders").matches("orders2:placed")).isFalse();
        assertThat(Glob.ofEvents("*:pl?ced").matches("orders:placed")).isTrue();
        assertThat(Glob.ofEvents("*:pl?ced").matches("orders:plced")).isFalse();
        assertThat(Glob.ofEvents("*").matches("orders:placed")).isTrue();
        assertThat(Glob.ofEvents("").matches("orders:placed")).isFalse();
        assertThat(Glob.ofEvents("a.c:*").matches("abc:x")).as("only * and ? are special").isFalse();
        assertThat(Glob.ofEvents("a:?").matches("a:\uD83D\uDE00")).as("a character beyond 16 bits is one").isTrue();
        assertThat(Glob.ofEvents("a:**b*").matches("a:ab")).isTrue();
    }

    @Test
    void shouldTakeANameAsItIsWhenThePatternIsOfNames() {
        assertThat(Glob.ofNames("worker-?").matches("worker-1")).isTrue();
        assertThat(Glob.ofNames("worker-?").matches("worker-12")).isFalse();
        assertThat(Glob.ofNames("worker").matches("worker:x")).as("only a pattern of events means all of it").isFalse();
        assertThat(Glob.ofEvents("worker").matches("worker", "x")).isTrue();
        assertThat(Glob.ofNames("").matches("")).isTrue();
    }

    @Test
    void shouldAgreeWithARegularExpressionWhenPatternsAreRandom() {
        final long seed = Seed.draw("GlobTest");
        final Random random = new Random(seed);
        for (int i = 0; i < ROUNDS; i++) {
            final String pattern = "p:" + word(random, "ab?*", 7);
            final String name = "p:" + word(random, "ab", 9);
            final String regex = pattern.replace("?", ".").replace("*", ".*");
            assertThat(Glob.ofEvents(pattern).matches(name)).as("%s of %s", pattern, name)
                .isEqualTo(Glob.ofNames(pattern).matches(name)).isEqualTo(name.matches(regex));
        }
    }

    private static String word(final Random random, final String letters, final int limit) {
        final StringBuilder word = new StringBuilder();
        for (int i = random.nextInt(limit); i > 0; i--) {
            word.append(letters.charAt(random.nextInt(letters.length())));
        }
        return word.toString();
    }

    /** Issue 10, 12: backtracking over each star took longer than anybody waited. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldAnswerAtOnceWhenAPatternHasManyStars() {
        final String name = "a".repeat(64) + ':' + "a".repeat(64);
        assertThat(Glob.ofEvents("*a".repeat(40) + "x").matches(name)).isFalse();
        assertThat(Glob.ofEvents("*".repeat(40) + "x:*").matches(name)).isFalse();
        assertThat(Glob.ofEvents("*a".repeat(3000) + ":*x").matches(name)).isFalse();
        assertThat(Glob.ofEvents("*a".repeat(40) + ":*").matches(name)).isTrue();
    }
}
