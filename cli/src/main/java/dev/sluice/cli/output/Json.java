// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.store.text.PrintedText;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

/** JSON on one line. Stateless: any thread. */
public final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int DECIMALS = 3;

    private Json() {
    }

    /** Writes maps, lists, strings, numbers and booleans. */
    public static String write(final Object value) {
        try {
            return PrintedText.json(MAPPER.writeValueAsString(value));
        } catch (final JsonProcessingException e) {
            throw new IllegalArgumentException("not writable as JSON: " + value, e);
        }
    }

    /**
     * Reads an object.
     *
     * @throws IllegalArgumentException if the text is no JSON object
     */
    public static Map<String, Object> readObject(final String text) {
        try {
            return MAPPER.readValue(text, new TypeReference<Map<String, Object>>() { });
        } catch (final JsonProcessingException e) {
            throw new IllegalArgumentException("no JSON object: " + text, e);
        }
    }

    /** A measured number, rounded to the decimals that are meaningful. */
    public static BigDecimal rounded(final double value) {
        return BigDecimal.valueOf(value).setScale(DECIMALS, RoundingMode.HALF_UP);
    }
}
