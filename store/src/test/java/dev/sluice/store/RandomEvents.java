// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.read.EventView;
import dev.sluice.testsupport.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Schemas and values from a seed. */
public final class RandomEvents {
    private static final String[] TEXTS = {
        "", "a", "java/lang/Object", "Zoë", "漢字", "🦀 crab", "tab\tquote\"nl\n\\", "x".repeat(300)
    };

    private final Random random;

    /** A generator that prints its seed. */
    public RandomEvents(final long seed) {
        Seed.use("RandomEvents", seed);
        random = new Random(seed);
    }

    /** The source of randomness. */
    public Random random() {
        return random;
    }

    /** Some schemas with up to twelve fields of any type. */
    public List<EventSchema> schemas(final int count) {
        final List<EventSchema> schemas = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final List<FieldSchema> fields = new ArrayList<>();
            for (int j = random.nextInt(13); j > 0; j--) {
                final FieldType type = FieldType.values()[random.nextInt(FieldType.values().length)];
                fields.add(new FieldSchema("f" + j, type, type.isEnum() ? List.of("RED", "GREEN", "BLUE") : List.of()));
            }
            schemas.add(new EventSchema(1 + i * 7, "provider" + i % 3, "event" + i, fields));
        }
        return schemas;
    }

    /** Values for one event. */
    public Object[] values(final EventSchema schema) {
        return schema.fields().stream().map(field -> value(field.type())).toArray();
    }

    private Object value(final FieldType type) {
        return switch (type) {
            case INT8 -> (long) (byte) random.nextInt();
            case INT16 -> (long) (short) random.nextInt();
            case INT32 -> (long) random.nextInt();
            case INT64, UINT64 -> random.nextLong();
            case UINT8 -> (long) random.nextInt(256);
            case UINT16 -> (long) random.nextInt(65_536);
            case UINT32 -> random.nextLong() >>> 32;
            case FLOAT32 -> (double) random.nextFloat();
            case FLOAT64 -> random.nextGaussian() * 1e100;
            case BOOL -> random.nextBoolean();
            case ENUM8, ENUM16 -> (long) random.nextInt(3);
            case STRING -> TEXTS[random.nextInt(TEXTS.length)];
            case BYTES -> {
                final byte[] bytes = new byte[random.nextInt(40)];
                random.nextBytes(bytes);
                yield bytes;
            }
        };
    }

    /** What a view holds in a field, in the form of {@link #value}. */
    public static Object read(final EventView event, final int field) {
        return switch (event.type(field)) {
            case FLOAT32, FLOAT64 -> event.getDouble(field);
            case BOOL -> event.getBoolean(field);
            case STRING -> event.getString(field);
            case BYTES -> event.getBytes(field);
            default -> event.getLong(field);
        };
    }
}
