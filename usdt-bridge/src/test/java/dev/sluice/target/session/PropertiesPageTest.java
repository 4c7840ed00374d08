// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** docs/properties.md names every property of the library, and its defaults are those that hold. */
class PropertiesPageTest {
    private static final Pattern ROW = Pattern.compile("^\\| `(sluice\\.[a-z.]+)` \\| `?([^`|]*?)`? \\|");
    private static final Pattern IN_SOURCE = Pattern.compile("\"(sluice\\.[a-z.]+)\"");

    private static TreeMap<String, String> page() throws IOException {
        final TreeMap<String, String> rows = new TreeMap<>();
        for (final String line : Files.readAllLines(Path.of("..", "docs", "properties.md"))) {
            final Matcher row = ROW.matcher(line);
            if (row.find()) {
                rows.put(row.group(1), row.group(2));
            }
        }
        return rows;
    }

    @Test
    void shouldNameEveryPropertyOfTheSource() throws IOException {
        final TreeSet<String> inSource = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            for (final Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                final Matcher matcher = IN_SOURCE.matcher(Files.readString(file));
                while (matcher.find()) {
                    inSource.add(matcher.group(1));
                }
            }
        }
        assertThat(page().keySet()).isEqualTo(inSource);
    }

    @Test
    void shouldGiveTheDefaultsThatHoldWhenNothingIsSet() throws IOException {
        final TreeMap<String, String> page = page();
        final Settings byDefault = Settings.read();
        final TreeMap<String, String> before = new TreeMap<>();
        final String[] read = {"sluice.enabled", "sluice.clock", "sluice.clock.period", "sluice.strategy",
            "sluice.policy", "sluice.block.timeout", "sluice.stale", "sluice.flush.period", "sluice.region.slots",
            "sluice.region.memory", "sluice.chunk.length", "sluice.ring.chunks", "sluice.string.limit"};
        for (final String property : read) {
            before.put(property, System.getProperty(property, ""));
            System.setProperty(property, page.get(property));
        }
        try {
            assertThat(Settings.read()).isEqualTo(byDefault);
        } finally {
            before.forEach((property, value) -> {
                if (value.isEmpty()) {
                    System.clearProperty(property);
                } else {
                    System.setProperty(property, value);
                }
            });
        }
    }

    /** R1: a ring has at least four chunks, and its length is a mask. */
    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "2", "3", "5", "1024"})
    void shouldSayWhatIsPossibleWhenARingIsToHaveFewerThanFourChunksOrNoPowerOfTwo(final String chunks) {
        final String before = System.getProperty("sluice.ring.chunks");
        System.setProperty("sluice.ring.chunks", chunks);
        try {
            assertThatThrownBy(Settings::read).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sluice.ring.chunks=" + chunks + " is not a power of two from 4 to 512");
        } finally {
            if (before == null) {
                System.clearProperty("sluice.ring.chunks");
            } else {
                System.setProperty("sluice.ring.chunks", before);
            }
        }
    }
}
