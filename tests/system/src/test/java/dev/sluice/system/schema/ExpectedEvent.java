// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.system.schema.RandomSchemas.Event;
import dev.sluice.system.schema.RandomSchemas.Kind;
import dev.sluice.system.schema.RandomSchemas.Parameter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** What must be stored of an event, and how babeltrace2 must print it. */
final class ExpectedEvent {
    private static final byte[] ELLIPSIS = "…".getBytes(StandardCharsets.UTF_8);
    /** Babeltrace prints six digits of a number. */
    private static final double PRINTED = 1e-5;

    private final Event event;
    private final int limit;
    private String line;
    private int at;

    ExpectedEvent(final Event event, final int limit) {
        this.event = event;
        this.limit = limit;
    }

    private static byte[] utf8(final int codePoint) {
        final boolean isHalf = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
        return Character.toString(isHalf ? 0xFFFD : codePoint).getBytes(StandardCharsets.UTF_8);
    }

    /** Whole, or the longest run of whole characters that leaves room for an ellipsis. */
    private byte[] cutText(final String text) {
        final List<byte[]> characters = text.codePoints().mapToObj(ExpectedEvent::utf8).toList();
        final boolean isCut = characters.stream().mapToInt(one -> one.length).sum() > limit;
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (final byte[] one : characters) {
            if (isCut && bytes.size() + one.length > limit - ELLIPSIS.length) {
                break;
            }
            bytes.writeBytes(one);
        }
        if (isCut) {
            bytes.writeBytes(ELLIPSIS);
        }
        return bytes.toByteArray();
    }

    /** A value in the form of {@link WireDecoder}. */
    private Object stored(final int index) {
        final Object value = event.values()[index];
        return switch (event.schema().parameters().get(index).kind()) {
            case UBYTE -> (long) Byte.toUnsignedInt((byte) value);
            case USHORT -> (long) Short.toUnsignedInt((short) value);
            case UINT -> Integer.toUnsignedLong((int) value);
            case FLOAT -> Float.floatToRawIntBits((float) value);
            case DOUBLE -> Double.doubleToRawLongBits((double) value);
            case BOOLEAN -> (boolean) value ? 1L : 0L;
            case STRING, SEQUENCE -> cutText((String) value);
            case BYTES, BUFFER -> Arrays.copyOf((byte[]) value, Math.min(limit, ((byte[]) value).length));
            default -> ((Number) value).longValue();
        };
    }

    /** Compares with what was decoded, bit by bit. */
    void check(final WireDecoder.Decoded decoded, final String what) {
        final List<Parameter> parameters = event.schema().parameters();
        assertThat(decoded.event().name()).as(what)
            .isEqualTo(event.schema().provider() + ':' + event.schema().name());
        assertThat(decoded.event().fields()).as(what).extracting(WireDecoder.DeclaredField::name)
            .isEqualTo(parameters.stream().map(Parameter::name).toList());
        assertThat(decoded.event().fields()).as(what).extracting(WireDecoder.DeclaredField::code)
            .isEqualTo(parameters.stream().map(parameter -> parameter.kind().code).toList());
        for (int i = 0; i < parameters.size(); i++) {
            assertThat(decoded.event().fields().get(i).labels()).hasSize(parameters.get(i).labels());
            assertThat(decoded.values().get(i)).as("%s, %s %s of %s, typed=%s", what, parameters.get(i).kind(),
                parameters.get(i).name(), event.schema().name(), event.isTyped()).isEqualTo(stored(i));
        }
    }

    /** Compares with a line that babeltrace2 printed. */
    void check(final String printed, final String what) {
        line = printed;
        final String name = "] " + event.schema().provider() + ':' + event.schema().name() + ": ";
        at = printed.indexOf(event.schema().provider() + ':' + event.schema().name() + ": {");
        assertThat(at).as("%s: %s in %s", what, name, printed).isPositive();
        at = printed.indexOf("}, {", at) + "}, {".length();
        final List<Parameter> parameters = event.schema().parameters();
        for (int i = 0; i < parameters.size(); i++) {
            field(parameters.get(i), i, what);
            if (i < parameters.size() - 1) {
                expect(",", what);
            }
        }
        expect(" }", what);
        assertThat(at).as("%s: %s", what, printed).isEqualTo(printed.length());
    }

    private void expect(final String text, final String what) {
        assertThat(line.startsWith(text, at)).as("%s: <%s> at %d of %s", what, text, at, line).isTrue();
        at += text.length();
    }

    private void field(final Parameter parameter, final int index, final String what) {
        final Object value = stored(index);
        final Kind kind = parameter.kind();
        if (kind.isText() || kind.isBytes()) {
            expect(" _" + parameter.name() + "_length = " + ((byte[]) value).length + ',', what);
        }
        expect(' ' + parameter.name() + " = ", what);
        if (kind == Kind.FLOAT || kind == Kind.DOUBLE) {
            number(((Number) event.values()[index]).doubleValue(), what);
        } else if (kind.isText() && ((byte[]) value).length == 0) {
            skipQuoted(what);
        } else {
            expect(printed(kind, value), what);
        }
    }

    private static String printed(final Kind kind, final Object value) {
        if (kind.isEnum()) {
            return "( \"" + RandomSchemas.label(((Long) value).intValue()) + "\" : container = " + value + " )";
        }
        if (kind.isText()) {
            final String text = new String((byte[]) value, StandardCharsets.UTF_8);
            return '"' + text.replaceAll("[\\\\\"'?]", "\\\\$0").replace("\n", "\\n").replace("\t", "\\t") + '"';
        }
        if (kind.isBytes()) {
            final byte[] bytes = (byte[]) value;
            return bytes.length == 0 ? "[ ]" : "[ " + String.join(", ", IntStream.range(0, bytes.length)
                .mapToObj(i -> "[" + i + "] = " + (bytes[i] & 0xFF)).toList()) + " ]";
        }
        return kind == Kind.ULONG ? Long.toUnsignedString((Long) value) : value.toString();
    }

    /** Babeltrace 2.0.4 prints an older text of the same field where the length is 0. */
    private void skipQuoted(final String what) {
        expect("\"", what);
        while (line.charAt(at) != '"') {
            at += line.charAt(at) == '\\' ? 2 : 1;
        }
        at++;
    }

    private void number(final double value, final String what) {
        int end = at;
        while (line.charAt(end) != ',' && line.charAt(end) != ' ') {
            end++;
        }
        final String printed = line.substring(at, end);
        if (Double.isNaN(value)) {
            assertThat(printed).as(what).endsWith("nan");
        } else if (Double.isInfinite(value)) {
            assertThat(printed).as(what).isEqualTo(value > 0 ? "inf" : "-inf");
        } else if (Math.abs(value) >= Double.MIN_NORMAL && Math.abs(value) < Double.MAX_VALUE / 2) {
            assertThat(Double.parseDouble(printed) / value).as("%s: %s is %s", what, printed, value)
                .isBetween(1 - PRINTED, 1 + PRINTED);
        } else {
            // The greatest numbers, rounded to six digits, are infinite; the least have no six digits.
            assertThat(printed.startsWith("-")).as("%s: %s is %s", what, printed, value)
                .isEqualTo(Double.doubleToRawLongBits(value) < 0);
        }
        at = end;
    }
}
