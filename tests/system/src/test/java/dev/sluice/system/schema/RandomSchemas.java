// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.schema;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Schemas and events from a seed, the same in the program that fires them and in the test that expects them. Knows
 * nothing of the library: types are Java's, codes those of the schema log.
 */
final class RandomSchemas {
    static final int COUNT = 200;
    static final int PROVIDERS = 10;

    private static final int MOST_FIELDS = 64;
    private static final int[] ENUM_SIZES = {1, 3, 255, 256, 300};
    /** Keywords of CTF's metadata, and names that look like its own. */
    private static final List<String> NAMES = List.of("event", "stream", "trace", "env", "clock", "typealias", "struct",
        "variant", "integer", "string", "floating_point", "id", "timestamp", "_x", "__y", "class", "int", "enum");

    private final Random random;
    private final List<Schema> schemas = new ArrayList<>();

    RandomSchemas(final long seed) {
        random = new Random(seed);
        for (int i = 0; i < COUNT; i++) {
            schemas.add(schema(i));
        }
    }

    /** What a parameter is: its Java type, and its code in the schema log. */
    enum Kind {
        BYTE("byte", 1), SHORT("short", 2), INT("int", 3), LONG("long", 4), UBYTE("@Unsigned byte", 5),
        USHORT("@Unsigned short", 6), UINT("@Unsigned int", 7), ULONG("@Unsigned long", 8), FLOAT("float", 9),
        DOUBLE("double", 10), BOOLEAN("boolean", 11), SMALL_ENUM("", 12), LARGE_ENUM("", 13), STRING("String", 14),
        SEQUENCE("CharSequence", 14), BYTES("byte[]", 15), BUFFER("java.nio.ByteBuffer", 15);

        final String javaType;
        final int code;

        Kind(final String javaType, final int code) {
            this.javaType = javaType;
            this.code = code;
        }

        boolean isInteger() {
            return code <= 8;
        }

        boolean isEnum() {
            return code == 12 || code == 13;
        }

        /** Whether the dynamic fire overloads take it as a long. */
        boolean isIntegral() {
            return isInteger() || isEnum() || this == BOOLEAN;
        }

        boolean isText() {
            return code == 14;
        }

        boolean isBytes() {
            return code == 15;
        }
    }

    /** A parameter, with the number of an enum's constants. */
    record Parameter(String name, Kind kind, int labels, boolean isAnnotated) {
        String javaType() {
            return kind.isEnum() ? "E" + labels : kind.javaType;
        }
    }

    /** A tracepoint. */
    record Schema(String provider, String name, List<Parameter> parameters) {
    }

    /** One fire: numbers as their boxes, an enum's constant by ordinal, texts as String, bytes as arrays. */
    record Event(Schema schema, Object[] values, boolean isTyped) {
    }

    List<Schema> schemas() {
        return schemas;
    }

    private Schema schema(final int index) {
        final int most = index % 20 == 0 ? MOST_FIELDS : 14;
        final List<String> names = new ArrayList<>(NAMES);
        Collections.shuffle(names, random);
        final List<Parameter> parameters = new ArrayList<>();
        // Half of them fit the fire overloads: integers, or a text and integers.
        final boolean isPlain = random.nextBoolean();
        final int count = isPlain ? random.nextInt(7) : random.nextInt(most + 1);
        for (int i = 0; i < count; i++) {
            final boolean isOdd = i < names.size() && random.nextInt(4) == 0;
            final Kind kind = isPlain ? plain(i) : Kind.values()[random.nextInt(Kind.values().length)];
            parameters.add(new Parameter(isOdd ? names.get(i) : "f" + i, kind, labels(kind),
                isOdd || random.nextBoolean()));
        }
        return new Schema("random" + index % PROVIDERS, "event" + index, parameters);
    }

    private Kind plain(final int index) {
        if (index == 0 && random.nextInt(3) == 0) {
            return Kind.STRING;
        }
        final Kind[] integral = {Kind.BYTE, Kind.SHORT, Kind.INT, Kind.LONG, Kind.LONG, Kind.LONG, Kind.UBYTE,
            Kind.USHORT, Kind.UINT, Kind.ULONG, Kind.BOOLEAN, Kind.SMALL_ENUM};
        return integral[random.nextInt(integral.length)];
    }

    private int labels(final Kind kind) {
        return kind == Kind.SMALL_ENUM ? ENUM_SIZES[random.nextInt(3)]
            : kind == Kind.LARGE_ENUM ? ENUM_SIZES[3 + random.nextInt(2)] : 0;
    }

    /** The next event, of any schema. */
    Event next() {
        final Schema schema = schemas.get(random.nextInt(schemas.size()));
        return new Event(schema, schema.parameters().stream().map(this::value).toArray(), random.nextBoolean());
    }

    private Object value(final Parameter parameter) {
        return switch (parameter.kind()) {
            case BYTE, UBYTE -> (byte) edge();
            case SHORT, USHORT -> (short) edge();
            case INT, UINT -> (int) edge();
            case LONG, ULONG -> edge();
            case FLOAT -> random.nextInt(3) == 0 ? floatEdge() : Float.intBitsToFloat(random.nextInt());
            case DOUBLE -> random.nextInt(3) == 0 ? doubleEdge() : Double.longBitsToDouble(random.nextLong());
            case BOOLEAN -> random.nextBoolean();
            case SMALL_ENUM, LARGE_ENUM -> random.nextInt(parameter.labels());
            case STRING, SEQUENCE -> text();
            case BYTES, BUFFER -> {
                final byte[] bytes = new byte[random.nextInt(6) == 0 ? random.nextInt(400) : random.nextInt(12)];
                random.nextBytes(bytes);
                yield bytes;
            }
        };
    }

    private long edge() {
        final long[] edges = {0, 1, -1, Byte.MIN_VALUE, Short.MAX_VALUE, Integer.MIN_VALUE, Long.MIN_VALUE,
            Long.MAX_VALUE, 0xFFFF, 0xFFFF_FFFFL};
        return random.nextInt(3) == 0 ? edges[random.nextInt(edges.length)] : random.nextLong();
    }

    private float floatEdge() {
        final float[] edges = {0f, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MIN_VALUE,
            Float.MAX_VALUE, Float.intBitsToFloat(0x7FC0_1234), 1.5f};
        return edges[random.nextInt(edges.length)];
    }

    private double doubleEdge() {
        final double[] edges = {0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY,
            Double.MIN_VALUE, Double.MAX_VALUE, Double.longBitsToDouble(0xFFF8_0000_0000_1234L), 1.5};
        return edges[random.nextInt(edges.length)];
    }

    private String text() {
        final int length = random.nextInt(6) == 0 ? random.nextInt(300) : random.nextInt(20);
        final int alphabet = random.nextInt(5);
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(codePoint(alphabet == 4 ? random.nextInt(4) : alphabet));
        }
        if (random.nextInt(8) == 0) {
            // Half of a pair, which has no UTF-8 form; in front of a low one it would be a pair.
            text.insert(0, (char) (0xDC00 + random.nextInt(0x400))).append((char) (0xD800 + random.nextInt(0x400)));
        }
        return text.toString();
    }

    /** ASCII, Latin-1, the rest of the basic plane, the others; of control characters two, which all print alike. */
    private int codePoint(final int alphabet) {
        return switch (alphabet) {
            case 0 -> random.nextInt(12) == 0 ? "\n\t\"\\".charAt(random.nextInt(4)) : 0x20 + random.nextInt(0x5F);
            case 1 -> 0xA0 + random.nextInt(0x60);
            case 2 -> random.nextInt(10) == 0 ? 0xE000 + random.nextInt(0x1FFE) : 0x100 + random.nextInt(0xD700);
            default -> 0x1_0000 + random.nextInt(0x10_0000);
        };
    }

    /** Java source of a provider's typed interface, one class. */
    String source(final String provider) {
        final StringBuilder text = new StringBuilder("import dev.sluice.trace.*;\n@TraceProvider(\"").append(provider)
            .append("\")\npublic interface ").append(provider).append(" {\n");
        for (final Schema schema : schemas) {
            if (schema.provider().equals(provider)) {
                text.append("    boolean ").append(schema.name())
                    .append('(').append(IntStream.range(0, schema.parameters().size())
                        .mapToObj(i -> declaration(schema.parameters().get(i), i))
                        .collect(Collectors.joining(", "))).append(");\n");
            }
        }
        return text.append("}\n").toString();
    }

    private static String declaration(final Parameter parameter, final int index) {
        return parameter.isAnnotated()
            ? "@Name(\"" + parameter.name() + "\") " + parameter.javaType() + " p" + index
            : parameter.javaType() + ' ' + parameter.name();
    }

    /** Java source of all enums, by class name. */
    static List<String> enums() {
        return IntStream.of(ENUM_SIZES).mapToObj(size -> "E" + size).toList();
    }

    static String enumSource(final String name) {
        return "public enum " + name + " { " + IntStream.range(0, Integer.parseInt(name.substring(1)))
            .mapToObj(RandomSchemas::label).collect(Collectors.joining(", ")) + " }\n";
    }

    static String label(final int index) {
        return "L" + index;
    }
}
