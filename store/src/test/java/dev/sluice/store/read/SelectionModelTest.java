// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.RandomEvents;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.query.Selection;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Holds the reader's selections against a list of Java objects that is filtered by plain code. Schemas, events, slots
 * that change hands, packets and selections are random.
 */
@OneJdk
class SelectionModelTest {
    private static final int RINGS = 8;
    private static final int EVENTS = 6_000;
    private static final int SELECTIONS = 150;
    private static final long FIRST_TICKS = 1_000;

    @TempDir
    Path temp;

    /** One event as it was made. */
    private record Made(EventSchema schema, Object[] values, long ticks, int ring, int tid, String thread,
        long virtualThread) {
        Object value(final String field) {
            for (int i = 0; i < values.length; i++) {
                if (schema.fields().get(i).name().equals(field)) {
                    return values[i];
                }
            }
            throw new IllegalStateException(field);
        }

        FieldType type(final String field) {
            return schema.fields().stream().filter(one -> one.name().equals(field)).map(FieldSchema::type).findAny()
                .orElse(null);
        }
    }

    /** A condition and what it means: true, false, or null for unknown. */
    private record Condition(String text, Function<Made, Boolean> meaning, List<Condition> parts) {
        Condition(final String text, final Function<Made, Boolean> meaning) {
            this(text, meaning, List.of());
        }

        /** Whether some comparison in it is unknown for each of these events. */
        boolean fitsNone(final List<Made> events) {
            return parts.isEmpty() ? events.stream().allMatch(one -> meaning.apply(one) == null)
                : parts.stream().anyMatch(part -> part.fitsNone(events));
        }
    }

    private final TargetInfo target = TestTraces.target();
    private final RandomEvents events = new RandomEvents(Long.getLong("sluice.seed", System.nanoTime()));
    private final Random random = events.random();
    private final List<EventSchema> schemas = events.schemas(12).stream()
        .map(schema -> new EventSchema(schema.id() + 1, schema.provider(), schema.tracepoint(), Stream.concat(
            schema.fields().stream(), Stream.of(new FieldSchema("all", FieldType.INT16))).toList())).toList();
    private final List<Made> made = new ArrayList<>();

    private void write(final Path directory) {
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(schemas.toArray(EventSchema[]::new)));
            writer.clock(0, new ClockTriple(FIRST_TICKS, FIRST_TICKS, TestTraces.BEGIN_NS));
            final PacketBuilder[] packets = new PacketBuilder[RINGS];
            final int[] generations = new int[RINGS];
            for (int ring = 0; ring < RINGS; ring++) {
                packets[ring] = new PacketBuilder(target.id(), ring, streamClass(ring));
                generations[ring] = 1;
                writer.thread(0, thread(ring, 1));
            }
            long ticks = FIRST_TICKS;
            for (int i = 0; i < EVENTS; i++) {
                ticks += 1 + random.nextInt(1_000);
                final int ring = random.nextInt(RINGS);
                final ThreadInfo thread = thread(ring, generations[ring]);
                final long virtual = ring % 3 == 0 && random.nextBoolean() ? 70 + random.nextInt(3) : 0;
                final EventSchema schema = schemas.get(random.nextInt(schemas.size()));
                final Object[] values = values(schema);
                packets[ring].event(schema, ticks, virtual, values);
                made.add(new Made(schema, values, ticks, ring, thread.tid(), thread.name(), virtual));
                if (random.nextInt(40) == 0) {
                    packets[ring].append(writer, 0);
                    if (random.nextInt(4) == 0) {
                        generations[ring]++;
                        final ThreadInfo next = thread(ring, generations[ring]);
                        writer.thread(0, next);
                        packets[ring].reuse(next.tid(), next.javaThreadId());
                    }
                }
            }
            for (final PacketBuilder packet : packets) {
                packet.append(writer, 0);
            }
        }
    }

    private static StreamClass streamClass(final int ring) {
        return ring % 3 == 0 ? StreamClass.CARRIER : StreamClass.PLATFORM;
    }

    private static ThreadInfo thread(final int ring, final int generation) {
        return new ThreadInfo(ring, streamClass(ring), generation, 1_000 + ring + 100 * (generation - 1), 20 + ring,
            generation % 2 == 0 ? "worker-" + ring : "main " + ring);
    }

    private Object[] values(final EventSchema schema) {
        final Object[] values = events.values(schema);
        for (int i = 0; i < values.length; i++) {
            if (random.nextInt(6) == 0) {
                values[i] = special(schema.fields().get(i).type(), values[i]);
            }
        }
        return values;
    }

    private Object special(final FieldType type, final Object value) {
        return switch (type) {
            case STRING -> random.nextBoolean() ? NullValue.TEXT : "\0";
            case BYTES -> NullValue.bytes();
            case ENUM8, ENUM16 -> random.nextBoolean() ? (long) NullValue.code(type) : 77L;
            case FLOAT32, FLOAT64 -> new double[] {Double.NaN, Double.POSITIVE_INFINITY, -0.0, 0, 1.5}[
                random.nextInt(5)];
            case INT64, UINT64 -> new long[] {Long.MIN_VALUE, Long.MAX_VALUE, -1, 0}[random.nextInt(4)];
            case INT8 -> random.nextBoolean() ? -128L : 127L;
            default -> value;
        };
    }

    @Test
    void shouldSelectWhatPlainCodeSelectsWhenEverythingIsRandom() {
        write(temp.resolve("t"));
        final TraceReader reader = TraceReader.open(temp.resolve("t"));
        assertThat(read(reader, Selection.ALL)).containsExactlyElementsOf(ticks(made.stream()));
        int selectedSome = 0;
        for (int i = 0; i < SELECTIONS; i++) {
            selectedSome += compare(reader);
        }
        // If nearly all selections were empty, or nearly all complete, this would prove little.
        assertThat(selectedSome).isBetween(SELECTIONS / 4, SELECTIONS - 1);
    }

    private int compare(final TraceReader reader) {
        Selection selection = Selection.ALL;
        Predicate<Made> model = one -> true;
        Predicate<Made> named = one -> true;
        Condition where = null;
        final StringBuilder text = new StringBuilder();
        if (random.nextInt(3) == 0) {
            final int provider = random.nextInt(3);
            selection = selection.events("provider" + provider + ":e*");
            named = one -> one.schema.provider().equals("provider" + provider);
            model = model.and(named);
            text.append(" -e provider").append(provider);
        }
        final long span = made.get(EVENTS - 1).ticks - FIRST_TICKS;
        final long first = made.get(0).ticks;
        if (random.nextInt(3) == 0) {
            final long from = (long) (random.nextDouble() * span);
            selection = random.nextBoolean() ? selection.from("+" + from + "ns")
                : selection.from(Long.toString(TestTraces.BEGIN_NS + from + first - FIRST_TICKS));
            model = model.and(one -> one.ticks >= first + from);
            text.append(" --from +").append(from);
        }
        if (random.nextInt(3) == 0) {
            final long back = (long) (random.nextDouble() * span);
            selection = selection.to("-" + back + "ns");
            model = model.and(one -> one.ticks < made.get(EVENTS - 1).ticks - back);
            text.append(" --to -").append(back);
        }
        if (random.nextInt(3) == 0) {
            final String thread =
                List.of("worker-*", "main 3", "1002", "v71", "1103", "* 6").get(random.nextInt(6));
            selection = selection.threads(thread);
            model = model.and(one -> isOf(one, thread));
            text.append(" --thread ").append(thread);
        }
        if (random.nextInt(4) != 0) {
            final Condition condition = condition(3);
            where = condition;
            selection = selection.where(condition.text);
            model = model.and(one -> Boolean.TRUE.equals(condition.meaning.apply(one)));
            text.append(" --where ").append(condition.text);
        }
        Stream<Made> expected = made.stream().filter(model);
        if (random.nextInt(4) == 0) {
            final int limit = random.nextInt(50);
            selection = selection.first(limit);
            expected = expected.limit(limit);
            text.append(" -n ").append(limit);
        }
        try {
            return compare(read(reader, selection), ticks(expected), text.toString());
        } catch (final SelectionException e) {
            // A comparison that fits no event with one of the names, or with none of the labels, is refused.
            assertThat(e.getMessage()).as(text.toString()).startsWith("column ");
            assertThat(e.getMessage().contains("has no label") || where.fitsNone(made.stream().filter(named).toList()))
                .as(text + ": " + e.getMessage()).isTrue();
            return 0;
        }
    }

    private static int compare(final List<Long> found, final List<Long> wanted, final String text) {
        assertThat(found).as(text).isEqualTo(wanted);
        return wanted.isEmpty() ? 0 : 1;
    }

    private static boolean isOf(final Made one, final String thread) {
        return switch (thread) {
            case "worker-*" -> one.thread.startsWith("worker-");
            case "* 6" -> one.thread.endsWith(" 6");
            case "v71" -> one.virtualThread == 71;
            case "main 3" -> one.thread.equals("main 3");
            default -> one.tid == Integer.parseInt(thread);
        };
    }

    private static List<Long> ticks(final Stream<Made> events) {
        return events.map(Made::ticks).toList();
    }

    private static List<Long> read(final TraceReader reader, final Selection selection) {
        final List<Long> ticks = new ArrayList<>();
        reader.events().select(selection).forEach(event -> ticks.add(event.ticks()));
        return ticks;
    }

    private Condition condition(final int depth) {
        final int pick = depth == 0 ? 3 : random.nextInt(6);
        if (pick == 0) {
            final Condition left = condition(depth - 1);
            final Condition right = condition(depth - 1);
            return new Condition('(' + left.text + ") && (" + right.text + ')', one -> {
                final Boolean a = left.meaning.apply(one);
                final Boolean b = right.meaning.apply(one);
                return Boolean.FALSE.equals(a) || Boolean.FALSE.equals(b) ? Boolean.FALSE
                    : a == null || b == null ? null : Boolean.TRUE;
            }, List.of(left, right));
        }
        if (pick == 1) {
            final Condition left = condition(depth - 1);
            final Condition right = condition(depth - 1);
            return new Condition('(' + left.text + ") || (" + right.text + ')', one -> {
                final Boolean a = left.meaning.apply(one);
                final Boolean b = right.meaning.apply(one);
                return Boolean.TRUE.equals(a) || Boolean.TRUE.equals(b) ? Boolean.TRUE
                    : a == null || b == null ? null : Boolean.FALSE;
            }, List.of(left, right));
        }
        if (pick == 2) {
            final Condition inner = condition(depth - 1);
            return new Condition("!(" + inner.text + ')', one -> {
                final Boolean a = inner.meaning.apply(one);
                return a == null ? null : !a;
            }, List.of(inner));
        }
        return comparison();
    }

    /** Compares a field with the value that some event has in it: that is where comparisons change. */
    private Condition comparison() {
        final Made sample = made.get(random.nextInt(made.size()));
        final FieldSchema field = sample.schema.fields().get(random.nextInt(sample.values.length));
        final Object value = sample.value(field.name());
        final String[] operators = field.type().isEnum() || field.type() == FieldType.BOOL
            ? new String[] {"==", "!="} : new String[] {"==", "!=", "<", "<=", ">", ">="};
        final String operator = operators[random.nextInt(operators.length)];
        if (isNull(field.type(), value)) {
            final boolean isWanted = random.nextBoolean();
            return new Condition(field.name() + (isWanted ? " == " : " != ") + "null", one -> {
                final FieldType type = one.type(field.name());
                return type == null ? null : isNull(type, one.value(field.name())) == isWanted;
            });
        }
        return new Condition(field.name() + ' ' + operator + ' ' + literal(field, value), one -> {
            final FieldType type = one.type(field.name());
            final boolean isHexadecimal = type != null && kind(type) == 1 && field.type() == FieldType.BYTES;
            if (type == null || !isHexadecimal && kind(type) != kind(field.type())
                || isNull(type, one.value(field.name()))) {
                return null;
            }
            return holds(one.value(field.name()), type, operator, value, field);
        });
    }

    private static boolean isNull(final FieldType type, final Object value) {
        return switch (type) {
            case STRING -> NullValue.TEXT.equals(value);
            case BYTES -> Arrays.equals(NullValue.bytes(), (byte[]) value);
            case ENUM8, ENUM16 -> (long) value == NullValue.code(type);
            default -> false;
        };
    }

    /** Types of one kind compare with the same literals. */
    private static int kind(final FieldType type) {
        return type.isInteger() || type == FieldType.FLOAT32 || type == FieldType.FLOAT64 ? 1
            : type.isEnum() || type == FieldType.STRING ? 2 : type == FieldType.BOOL ? 3 : 4;
    }

    private static String literal(final FieldSchema field, final Object value) {
        return switch (field.type()) {
            case STRING -> '"' + ((String) value).replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n")
                .replace("\t", "\\t").replace("\0", "\\0") + '"';
            case BYTES -> ((byte[]) value).length == 0 ? "0x00" : "0x" + HexFormat.of().formatHex(
                (byte[]) value);
            case ENUM8, ENUM16 -> '"' + label((long) value) + '"';
            case UINT64 -> Long.toUnsignedString((long) value);
            case FLOAT32 -> Float.toString(((Double) value).floatValue());
            default -> value.toString();
        };
    }

    private static String label(final long code) {
        return code < 3 ? List.of("RED", "GREEN", "BLUE").get((int) code) : "#" + code;
    }

    private static Boolean holds(final Object left, final FieldType type, final String operator, final Object right,
        final FieldSchema field) {
        if (kind(type) == 2) {
            final String text = type.isEnum() ? label((long) left) : (String) left;
            final String other = field.type().isEnum() ? label((long) right) : (String) right;
            if (type.isEnum() && !operator.equals("==") && !operator.equals("!=")) {
                return null;
            }
            return holds(operator, Arrays.compareUnsigned(text.getBytes(StandardCharsets.UTF_8),
                other.getBytes(StandardCharsets.UTF_8)));
        }
        if (kind(type) == 3) {
            return holds(operator, Boolean.compare((boolean) left, (boolean) right));
        }
        if (kind(type) == 4) {
            final byte[] bytes = (byte[]) right;
            return holds(operator, Arrays.compareUnsigned((byte[]) left, bytes.length == 0 ? new byte[1] : bytes));
        }
        return numbers(left, type, operator, right, field);
    }

    private static Boolean numbers(final Object left, final FieldType type, final String operator, final Object right,
        final FieldSchema field) {
        final BigDecimal literal;
        final double special;
        if (right instanceof Double number && (number.isNaN() || number.isInfinite())) {
            literal = null;
            special = number;
        } else {
            final String text = literal(field, right);
            literal = text.startsWith("0x") ? new BigDecimal(new BigInteger(text.substring(2), 16))
                : new BigDecimal(text);
            special = 0;
        }
        if (left instanceof Double number) {
            final double own = type == FieldType.FLOAT32 ? number.floatValue() : number;
            final double other = literal == null ? special
                : type == FieldType.FLOAT32 ? literal.floatValue() : literal.doubleValue();
            if (Double.isNaN(other) && Double.isNaN(own) && operator.length() == 2 && operator.charAt(1) == '='
                && "=!".indexOf(operator.charAt(0)) >= 0) {
                return operator.equals("==");
            }
            return switch (operator) {
                case "==" -> own == other;
                case "!=" -> own != other;
                case "<" -> own < other;
                case "<=" -> own <= other;
                case ">" -> own > other;
                default -> own >= other;
            };
        }
        if (literal == null) {
            return Double.isNaN(special) ? operator.equals("!=") : holds(operator, special > 0 ? -1 : 1);
        }
        final BigInteger own = type == FieldType.UINT64 ? new BigInteger(Long.toUnsignedString((long) left))
            : BigInteger.valueOf((long) left);
        return holds(operator, new BigDecimal(own).compareTo(literal));
    }

    private static boolean holds(final String operator, final int compared) {
        return switch (operator) {
            case "==" -> compared == 0;
            case "!=" -> compared != 0;
            case "<" -> compared < 0;
            case "<=" -> compared <= 0;
            case ">" -> compared > 0;
            default -> compared >= 0;
        };
    }
}
