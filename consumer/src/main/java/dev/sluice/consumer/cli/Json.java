// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The little JSON that the command needs: maps, lists, strings, numbers, booleans and null, written on one line and read
 * back. Stateless: any thread.
 */
final class Json {
    private static final int MAX_DEPTH = 100;

    private Json() {
    }

    /** Writes a value. */
    static String write(final Object value) {
        final StringBuilder text = new StringBuilder();
        write(text, value);
        return text.toString();
    }

    private static void write(final StringBuilder text, final Object value) {
        if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (final Map.Entry<?, ?> entry : map.entrySet()) {
                text.append(separator);
                quote(text, String.valueOf(entry.getKey()));
                text.append(':');
                write(text, entry.getValue());
                separator = ",";
            }
            text.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof List<?> list) {
            String separator = "[";
            for (final Object element : list) {
                text.append(separator);
                write(text, element);
                separator = ",";
            }
            text.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof Double number) {
            // JSON has no word for numbers that are none.
            text.append(Double.isFinite(number) ? shortest(number) : "null");
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            text.append(value);
        } else {
            quote(text, value.toString());
        }
    }

    private static String shortest(final double number) {
        final String fixed = String.format(Locale.ROOT, "%.3f", number);
        return fixed.contains(".") ? fixed.replaceAll("0+$", "").replaceAll("\\.$", "") : fixed;
    }

    private static void quote(final StringBuilder text, final String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            final char c = value.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (c < ' ' || Character.isSurrogate(c) && !isPaired(value, i)) {
                        text.append(String.format("\\u%04x", (int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }

    private static boolean isPaired(final String value, final int index) {
        return Character.isHighSurrogate(value.charAt(index))
            ? index + 1 < value.length() && Character.isLowSurrogate(value.charAt(index + 1))
            : index > 0 && Character.isHighSurrogate(value.charAt(index - 1));
    }

    /**
     * Reads one value: objects as maps in their order, arrays as lists, integers as Long, other numbers as Double.
     *
     * @throws IllegalArgumentException if the text is no JSON
     */
    static Object read(final String text) {
        final Reader reader = new Reader(text);
        final Object value = reader.value(0);
        reader.skipBlanks();
        if (reader.position != text.length()) {
            throw reader.failure("more text after the value");
        }
        return value;
    }

    /** Reads an object. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> readObject(final String text) {
        if (read(text) instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw new IllegalArgumentException("not a JSON object: " + text);
    }

    private static final class Reader {
        private final String text;
        private int position;

        Reader(final String text) {
            this.text = text;
        }

        IllegalArgumentException failure(final String what) {
            return new IllegalArgumentException("no JSON: " + what + " at " + position);
        }

        void skipBlanks() {
            while (position < text.length() && " \t\r\n".indexOf(text.charAt(position)) >= 0) {
                position++;
            }
        }

        private boolean accept(final String token) {
            skipBlanks();
            final boolean isThere = text.startsWith(token, position);
            position += isThere ? token.length() : 0;
            return isThere;
        }

        private void expect(final String token) {
            if (!accept(token)) {
                throw failure("expected " + token);
            }
        }

        Object value(final int depth) {
            if (depth > MAX_DEPTH) {
                throw failure("nested too deep");
            }
            if (accept("{")) {
                return object(depth);
            }
            if (accept("[")) {
                return array(depth);
            }
            if (accept("\"")) {
                return string();
            }
            if (accept("true")) {
                return true;
            }
            if (accept("false")) {
                return false;
            }
            return accept("null") ? null : number();
        }

        private Map<String, Object> object(final int depth) {
            final Map<String, Object> map = new LinkedHashMap<>();
            if (accept("}")) {
                return map;
            }
            do {
                expect("\"");
                final String key = string();
                expect(":");
                map.put(key, value(depth + 1));
            } while (accept(","));
            expect("}");
            return map;
        }

        private List<Object> array(final int depth) {
            final List<Object> list = new ArrayList<>();
            if (accept("]")) {
                return list;
            }
            do {
                list.add(value(depth + 1));
            } while (accept(","));
            expect("]");
            return list;
        }

        private String string() {
            final StringBuilder value = new StringBuilder();
            while (position < text.length() && text.charAt(position) != '"') {
                char c = text.charAt(position++);
                if (c == '\\') {
                    if (position >= text.length()) {
                        break;
                    }
                    c = escaped(text.charAt(position++));
                }
                value.append(c);
            }
            if (position >= text.length()) {
                throw failure("a string without an end");
            }
            position++;
            return value.toString();
        }

        private char escaped(final char c) {
            return switch (c) {
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 't' -> '\t';
                case 'b' -> '\b';
                case 'f' -> '\f';
                case 'u' -> {
                    if (position + 4 > text.length()) {
                        throw failure("a cut escape");
                    }
                    position += 4;
                    yield (char) Integer.parseInt(text.substring(position - 4, position), 16);
                }
                default -> c;
            };
        }

        private Number number() {
            final int begin = position;
            while (position < text.length() && "+-0123456789.eE".indexOf(text.charAt(position)) >= 0) {
                position++;
            }
            final String digits = text.substring(begin, position);
            try {
                return digits.matches("-?[0-9]+") ? (Number) Long.valueOf(digits) : Double.valueOf(digits);
            } catch (final NumberFormatException e) {
                throw failure("no value");
            }
        }
    }
}
