// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandTextTest {
    private static final String JARS = "/opt/shop/lib/a.jar:".repeat(20);

    @ParameterizedTest
    @ValueSource(strings = {"-cp ", "-classpath ", "--class-path ", "--class-path=", "--module-path ", "-p "})
    void shouldLeaveOutThePathWhenItIsLong(final String option) {
        assertThat(CommandText.brief("/usr/bin/java -Xmx1g " + option + JARS + " shop.Main --port 80"))
            .isEqualTo("/usr/bin/java -Xmx1g " + option + "... shop.Main --port 80");
        // Whose option it is, nobody can tell: what is short stays.
        assertThat(CommandText.brief("java " + option + "shop.jar shop.Main -p 4711  x"))
            .isEqualTo("java " + option + "shop.jar shop.Main -p 4711  x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-cp ", "--class-path="})
    void shouldLeaveOutThePathWhenItsMiddleIsMissingAlready(final String option) {
        final String begin = "/usr/bin/java " + option;
        assertThat(CommandText.brief(begin + JARS + " ... .jar:" + JARS + "z.jar shop.Main --port 80"))
            .isEqualTo(begin + "... shop.Main --port 80");
        assertThat(CommandText.brief(begin + JARS + " ... shop.Main --port 80"))
            .isEqualTo(begin + "... ... shop.Main --port 80");
    }

    @Test
    void shouldLeaveOutTheMiddleWhenTheRestIsLong() {
        final String most = "java " + "x".repeat(389) + " Main1";
        assertThat(CommandText.brief(most)).isEqualTo(most);
        assertThat(CommandText.brief(most + "2"))
            .isEqualTo("java " + "x".repeat(192) + " ... " + "x".repeat(190) + " Main12");
        assertThat(CommandText.brief("java " + "x".repeat(191) + "\uD83D\uDE00" + "x".repeat(190) + " 1234567 Main"))
            .isEqualTo("java " + "x".repeat(191) + " ... " + "x".repeat(184) + " 1234567 Main");
        assertThat(CommandText.brief("java " + "x".repeat(220) + "\uD83D\uDE00" + "y".repeat(196)))
            .isEqualTo("java " + "x".repeat(192) + " ... " + "y".repeat(196));
        assertThat(CommandText.brief("")).isEmpty();
    }
}
