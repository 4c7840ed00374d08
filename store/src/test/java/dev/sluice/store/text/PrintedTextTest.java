// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.testsupport.Seed;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PrintedTextTest {
    /** Whatever steers a terminal, as regular expressions know it. */
    private static final Pattern UNSAFE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]");

    private static String quoted(final String text) {
        final StringBuilder line = new StringBuilder();
        PrintedText.quote(line, text);
        return line.toString();
    }

    @Test
    void shouldEscapeEveryUnsafeCharacterAndNoOtherWhenPrinted() throws Exception {
        final ObjectMapper mapper = new ObjectMapper();
        for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
            final String text = "a" + Character.toString(point) + "b";
            final String safe = PrintedText.safe(text);
            if (!isUnsafe(text)) {
                if (!safe.equals(text)) {
                    fail("U+%04X is harmless, and was escaped", point);
                }
            } else if (isUnsafe(safe) || isUnsafe(quoted(text))) {
                fail("U+%04X is not harmless, and was not escaped", point);
            }
            if (isUnsafe(text) || point == '"' || point == '\\') {
                assertThat(mapper.readValue(quoted(text), String.class)).isEqualTo(text);
            }
        }
    }

    private static boolean isUnsafe(final String text) {
        return UNSAFE.matcher(text).find();
    }

    @Test
    void shouldEscapeUnpairedSurrogatesAndKeepPairsWhenPrinted() {
        assertThat(PrintedText.safe("\uD83E")).isEqualTo("\\ud83e");
        assertThat(PrintedText.safe("\uDD80x")).isEqualTo("\\udd80x");
        assertThat(PrintedText.safe("\uD83E\uD83E\uDD80\uDD80")).isEqualTo("\\ud83e\uD83E\uDD80\\udd80");
        // A tag character, which nobody sees.
        assertThat(PrintedText.safe("\uDB40\uDC41")).isEqualTo("\\udb40\\udc41");
    }

    @Test
    void shouldKeepLinesOnlyWhereTextHasLines() {
        assertThat(PrintedText.safe("a\nb\tc\rd")).isEqualTo("a\\nb\\tc\\rd");
        assertThat(PrintedText.safeLines("a\n\tb\u001b[2J\r")).isEqualTo("a\n\tb\\u001B[2J\\r");
    }

    @Test
    void shouldStayTheSameJsonWhenDocumentsAreMadeSafe() throws Exception {
        final long seed = Seed.draw("PrintedTextTest");
        final Random random = new Random(seed);
        final ObjectMapper mapper = new ObjectMapper();
        for (int run = 0; run < 500; run++) {
            final StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(20); i >= 0; i--) {
                final int point = random.nextInt(4) == 0 ? random.nextInt(Character.MAX_CODE_POINT + 1)
                    : random.nextInt(0x300) + (random.nextBoolean() ? 0x2000 : 0);
                text.appendCodePoint(point);
            }
            final String document = mapper.writeValueAsString(Map.of("key" + text, new String[] {"" + text}));
            final String safe = PrintedText.json(document);
            assertThat(UNSAFE.matcher(safe).find()).as("seed %d run %d: %s", seed, run, safe).isFalse();
            assertThat(mapper.readTree(safe)).isEqualTo(mapper.readTree(document));
        }
    }
}
