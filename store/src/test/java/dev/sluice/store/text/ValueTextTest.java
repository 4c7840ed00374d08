// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ValueTextTest {
    private static String written(final boolean isJson, final Consumer<ValueText> value) {
        final StringBuilder line = new StringBuilder();
        value.accept(new ValueText(line, isJson));
        return line.toString();
    }

    private static void check(final String expected, final String expectedJson, final Consumer<ValueText> value)
        throws Exception {
        assertThat(written(false, value)).isEqualTo(expected);
        final String json = written(true, value);
        assertThat(json).isEqualTo(expectedJson);
        // Not our word for it: a JSON reader takes it as one value.
        final JsonNode node = new JsonMapper().readTree(json);
        assertThat(node.isValueNode()).isTrue();
    }

    @Test
    void shouldWriteEachValueAsPeopleAndJsonWantItWhenAsked() throws Exception {
        check("null", "null", ValueText::nothing);
        check("?", "null", ValueText::unknown);
        check("\"a\\\"b\\n\"", "\"a\\\"b\\n\"", v -> v.text("a\"b\n"));
        check("GREEN", "\"GREEN\"", v -> v.label("GREEN"));
        // Null is a word without quotes.
        check("\"null\"", "\"null\"", v -> v.label("null"));
        assertThat(ValueText.word("null")).isEqualTo("\"null\"");
        assertThat(ValueText.word("GREEN")).isEqualTo("GREEN");
        check("0x00ff7f", "\"00ff7f\"", v -> v.bytes(new byte[] {0, -1, 127}));
        check("true", "true", v -> v.bool(true));
        check("-9223372036854775808", "-9223372036854775808", v -> v.integer(Long.MIN_VALUE));
        check("18446744073709551615", "18446744073709551615", v -> v.unsigned(-1));
        check("0", "0", v -> v.unsigned(0));
        check("0.1", "0.1", v -> v.floating(0.1f));
        check("1.7976931348623157E308", "1.7976931348623157E308", v -> v.floating(Double.MAX_VALUE));
        check("NaN", "\"NaN\"", v -> v.floating(Float.NaN));
        check("-Infinity", "\"-Infinity\"", v -> v.floating(Double.NEGATIVE_INFINITY));
    }
}
