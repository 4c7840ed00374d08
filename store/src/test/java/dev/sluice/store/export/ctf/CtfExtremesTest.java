// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export.ctf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.NullValue;
import dev.sluice.store.export.ExportFormat;
import dev.sluice.store.export.ExportWatch;
import dev.sluice.store.export.ExtremeTrace;
import dev.sluice.testsupport.OneJdk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ends of every type and every kind of text, as babeltrace2 prints them. */
@OneJdk
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class CtfExtremesTest {
    private static final String TEXT = "\"((?:[^\"\\\\]++|\\\\.)*+)\"";
    /** The fields of an event, behind the context of its packet. */
    private static final Pattern FIELDS =
        Pattern.compile(".*\\) odd:all: .*?\\}, \\{ (INT8 = .*) \\}", Pattern.DOTALL);
    private static final double DIGITS = 1e-5;

    @TempDir
    Path temp;

    /** What babeltrace2 prints, each byte a character, as texts need not be UTF-8. */
    private List<String> babeltrace(final Path ctf) throws IOException, InterruptedException {
        final Path out = temp.resolve("printed");
        final Path err = temp.resolve("warnings");
        final Process process;
        try {
            process = new ProcessBuilder("babeltrace2", "--no-delta", ctf.toString()).redirectOutput(out.toFile())
                .redirectError(err.toFile()).start();
        } catch (final IOException e) {
            Assumptions.abort("babeltrace2 is not installed");
            throw e;
        }
        assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(Files.readString(err).lines().filter(line -> !line.contains("Tracer discarded "))).isEmpty();
        return Files.readString(out, StandardCharsets.ISO_8859_1).lines().toList();
    }

    /** The bytes of a text that is printed with escapes. */
    private static byte[] bytes(final String printed) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < printed.length(); i++) {
            char c = printed.charAt(i);
            if (c == '\\') {
                c = printed.charAt(++i);
                final int known = "abefnrtv".indexOf(c);
                if (c == 'x') {
                    c = (char) Integer.parseInt(printed.substring(i + 1, i + 3), 16);
                    i += 2;
                } else if (known >= 0) {
                    c = "\u0007\b\u001b\f\n\r\t\u000b".charAt(known);
                }
            }
            bytes.write(c);
        }
        return bytes.toByteArray();
    }

    private static byte[] toFirstNul(final byte[] text) {
        final int nul = IntStream.range(0, text.length).filter(i -> text[i] == 0).findFirst().orElse(text.length);
        return Arrays.copyOf(text, nul);
    }

    private static String text(final byte[] bytes) {
        return bytes.length == 0 ? "[ ]" : IntStream.range(0, bytes.length)
            .mapToObj(i -> "[" + i + "] = " + (bytes[i] & 0xFF)).collect(Collectors.joining(", ", "[ ", " ]"));
    }

    private static String value(final String fields, final String name, final String pattern) {
        final Matcher matcher = Pattern.compile("(?:^|, )" + name + " = " + pattern + "(?:, |$)").matcher(fields);
        assertThat(matcher.find()).as("%s in %s", name, fields).isTrue();
        return matcher.group(1);
    }

    private static void requireFloating(final String printed, final double value) {
        if (Double.isNaN(value)) {
            assertThat(printed).isIn("nan", "-nan");
        } else if (Double.isInfinite(value)) {
            assertThat(printed).isEqualTo(value > 0 ? "inf" : "-inf");
        } else {
            // It prints six digits, and a zero with its sign.
            final double read = Double.parseDouble(printed);
            assertThat(Math.abs(read - value)).isLessThanOrEqualTo(Math.abs(value) * DIGITS);
            assertThat(printed.startsWith("-")).isEqualTo(Math.copySign(1, value) < 0);
        }
    }

    private static void require(final String fields, final FieldSchema field, final Object value, final byte[] text) {
        final String name = field.name();
        switch (field.type()) {
            case FLOAT32, FLOAT64 -> requireFloating(value(fields, name, "([^,]+)"), ((Number) value).doubleValue());
            case BOOL -> assertThat(value(fields, name, "(\\d)")).isEqualTo((Boolean) value ? "1" : "0");
            case ENUM8, ENUM16 -> {
                final String printed = value(fields, name, "\\( (.*?) : container = \\d+ \\)");
                final String label = value == null ? "null" : value.toString();
                assertThat(printed).isEqualTo(label.startsWith("#") ? "<unknown>"
                    : '"' + label.replace("\"", "\\\"") + '"');
            }
            case STRING -> {
                final byte[] stored = text == null ? NullValue.TEXT.getBytes(StandardCharsets.UTF_8) : text;
                // Of a text with a NUL it prints what is before; the length, which is a field, is that of the whole.
                assertThat(bytes(value(fields, name, TEXT))).isEqualTo(toFirstNul(stored));
                assertThat(value(fields, "_STRING_length", "(\\d+)")).isEqualTo(Integer.toString(stored.length));
            }
            case BYTES -> assertThat(value(fields, name, "(\\[ [\\[\\] =,0-9]*\\])"))
                .isEqualTo(text(value == null ? NullValue.bytes() : (byte[]) value));
            default -> assertThat(value(fields, name, "(-?\\d+)")).isEqualTo(value.toString());
        }
    }

    @Test
    void shouldComeBackEqualWhenBabeltraceReadsEveryExtreme() throws Exception {
        final ExtremeTrace extreme = new ExtremeTrace();
        final Path out = temp.resolve("ctf");
        ExportFormat.CTF.export(extreme.write(temp.resolve("trace")).events(), out, ExportWatch.SILENT);
        final EventSchema schema = ExtremeTrace.ALL;
        int row = 0;
        for (final String line : babeltrace(out)) {
            final Matcher event = FIELDS.matcher(line);
            if (event.matches()) {
                for (int i = 0; i < schema.fields().size(); i++) {
                    require(event.group(1), schema.fields().get(i), extreme.rows().get(row).get(i), extreme.text(row));
                }
                row++;
            }
        }
        assertThat(row).isEqualTo(extreme.rows().size());
    }
}
