// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs Python, whose modules are the other reader of what is exported. */
final class Python {
    private static final ObjectMapper MAPPER =
        new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private Python() {
    }

    /** Runs a program that prints one JSON value, in ASCII so that Jackson sees what Python has read. */
    static JsonNode run(final Path temp, final String program, final Object... arguments) throws Exception {
        final List<String> command = new ArrayList<>(List.of("python3", "-I", "-c", program));
        for (final Object argument : arguments) {
            command.add(argument.toString());
        }
        final Path out = Files.createTempFile(temp, "python", ".out");
        final Path err = Files.createTempFile(temp, "python", ".err");
        final Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile())
            .start();
        try {
            assertThat(process.waitFor(180, TimeUnit.SECONDS)).as("python3 has ended").isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(err)).isZero();
        return MAPPER.readTree(out.toFile());
    }
}
