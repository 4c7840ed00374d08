// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export.ctf;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.clock.ClockBreak;
import dev.sluice.store.clock.ClockStep;
import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.clock.TickerIntervals;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.text.WallTime;
import java.math.BigInteger;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The metadata text (TSDL, CTF 1.8) that describes a target's packets as they are stored. The packet header and the
 * packet context of CTF together are the 128 bytes of {@link PacketHeaderDescriptor} and the thread's name. Every field
 * name gets a leading underscore, which readers remove; without it, names such as {@code event} would be keywords.
 * Stateless.
 */
public final class CtfMetadata {
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final String TYPES = """
        typealias integer { size = 8; align = 8; signed = true; } := int8_t;
        typealias integer { size = 16; align = 8; signed = true; } := int16_t;
        typealias integer { size = 32; align = 8; signed = true; } := int32_t;
        typealias integer { size = 64; align = 8; signed = true; } := int64_t;
        typealias integer { size = 8; align = 8; signed = false; } := uint8_t;
        typealias integer { size = 16; align = 8; signed = false; } := uint16_t;
        typealias integer { size = 32; align = 8; signed = false; } := uint32_t;
        typealias integer { size = 64; align = 8; signed = false; } := uint64_t;
        typealias integer { size = 8; align = 8; signed = false; encoding = UTF8; } := utf8_t;
        typealias integer { size = 16; align = 64; signed = false; } := event_id_t;
        typealias floating_point { exp_dig = 8; mant_dig = 24; align = 8; } := float32_t;
        typealias floating_point { exp_dig = 11; mant_dig = 53; align = 8; } := float64_t;

        """;
    private static final String CLOCK_TYPES = """
        typealias integer { size = 64; align = 8; signed = false; map = clock.ticks.value; } := ticks64_t;
        typealias integer { size = 48; align = 8; signed = false; map = clock.ticks.value; } := ticks48_t;

        """;
    private static final String PACKET_CONTEXT = """
            packet.context := struct {
                ticks64_t timestamp_begin;
                ticks64_t timestamp_end;
                uint64_t content_size;
                uint64_t packet_size;
                uint64_t packet_seq_num;
                uint64_t events_discarded;
                uint64_t begin_position;
                uint64_t events_before;
                uint64_t overwritten;
                uint32_t event_count;
                uint32_t tid;
                uint32_t ring;
                uint16_t epoch;
                uint16_t header_length;
                uint64_t java_thread_id;
                uint32_t generation;
                uint32_t reserved;
                string { encoding = UTF8; } thread_name;
            };
            event.header := struct {
                event_id_t id;
                ticks48_t timestamp;
            };
        """;

    private CtfMetadata() {
    }

    /**
     * Writes the metadata of one target.
     *
     * @param trace         the target; one line that is fitted through its clock's triples becomes the CTF clock
     * @param beginTicks    ticks of the first event; there, the CTF clock is equal to the wall clock
     * @param streamClasses the stream classes that are in use, in the order in which they are described
     */
    public static String of(final TargetTrace trace, final long beginTicks,
        final Set<StreamClass> streamClasses) {
        final TargetInfo target = trace.info();
        final TargetClock clock = trace.clock();
        final Collection<EventSchema> schemas = trace.schemas();
        final StringBuilder text = new StringBuilder("/* CTF 1.8 */\n\n").append(TYPES);
        text.append("trace {\n    major = 1;\n    minor = 8;\n    uuid = \"").append(target.id())
            .append("\";\n    byte_order = le;\n    packet.header := struct {\n        uint32_t magic;\n"
                + "        uint32_t stream_id;\n        uint8_t uuid[16];\n    };\n};\n\n");
        text.append("env {\n    domain = \"java\";\n    tracer_name = \"sluice\";\n    vpid = ").append(target.pid())
            .append(";\n    java_version = ").append(quote(target.javaVersion())).append(";\n    command_line = ")
            .append(quote(target.commandLine())).append(";\n");
        appendSteps(text, clock, beginTicks);
        appendBreaks(text, clock);
        appendWidth(text, trace);
        text.append("};\n\n");
        appendClock(text, clock, beginTicks);
        text.append(CLOCK_TYPES);
        for (final StreamClass streamClass : streamClasses) {
            text.append("stream {\n    id = ").append(streamClass.code()).append(";\n").append(PACKET_CONTEXT);
            if (streamClass == StreamClass.CARRIER) {
                text.append("    event.context := struct {\n        uint64_t _virtual_thread_id;\n    };\n");
            }
            text.append("};\n\n");
            schemas.forEach(schema -> appendEvent(text, schema, streamClass));
        }
        return text.toString();
    }

    /**
     * A CTF clock cannot be set. So its times are those of a wall clock that was not set after the first event. The
     * environment says where the wall clock was set, and by how much.
     */
    private static void appendSteps(final StringBuilder text, final TargetClock clock, final long beginTicks) {
        final List<ClockStep> steps = clock.steps(0);
        for (int i = 0; i < steps.size(); i++) {
            final ClockStep step = steps.get(i);
            final long shown = step.monotonicNs() + clock.wallOffsetNs(beginTicks);
            text.append("    clock_step_").append(i).append(" = ").append(quote(String.format(Locale.ROOT,
                "%s: the wall clock was set from %s to %s, by %+d ns", WallTime.format(shown),
                WallTime.format(step.realtimeBeforeNs()), WallTime.format(step.realtimeAfterNs()), step.sizeNs())))
                .append(";\n");
        }
    }

    /**
     * A CTF clock is one line. Where the target's clock left that line, CTF times are wrong by up to the clock's
     * precision, which the metadata states.
     */
    private static void appendBreaks(final StringBuilder text, final TargetClock clock) {
        final List<ClockBreak> breaks = clock.breaks(0);
        for (int i = 0; i < breaks.size(); i++) {
            final ClockBreak found = breaks.get(i);
            text.append("    clock_break_").append(i).append(" = ").append(quote(String.format(Locale.ROOT,
                "%s: %s, %+d ns, rate %+.6f", WallTime.format(found.realtimeNs()), found.kind().label(),
                found.sizeNs(), found.rateChange()))).append(";\n");
        }
    }

    /**
     * CTF has one time for an event: the begin of the interval in which the true time lies. The environment says how
     * long the interval is at most, if the ticker was in time and if it was as late as it ever was.
     */
    private static void appendWidth(final StringBuilder text, final TargetTrace trace) {
        if (trace.isSampled()) {
            final double nsPerTick = NS_PER_SECOND / trace.clock().frequencyHz();
            final TickerIntervals ticker = trace.ticker();
            text.append("    clock_width_ns = ").append((long) Math.ceil(ticker.allowedTicks() * nsPerTick))
                .append(";\n    clock_width_late = ").append(quote(String.format(Locale.ROOT,
                    "a time is the earliest that an event can have had; it was fired up to clock_width_ns later, and"
                    + " before the next event of its thread that has a later one; the ticker was late %d times,"
                    + " by up to %.0f ns", ticker.lateCount(),
                    Math.ceil(Math.max(0, ticker.longestTicks() - ticker.allowedTicks()) * nsPerTick))))
                .append(";\n");
        }
    }

    /**
     * CTF has a whole number of ticks in a second. The offset is where the fitted line has tick 0, in seconds and
     * ticks. It is rounded up because readers round down (babeltrace2 rounds both parts, so it may show 1 ns less than
     * print does).
     */
    private static void appendClock(final StringBuilder text, final TargetClock clock, final long beginTicks) {
        final long frequency = Math.max(1, Math.round(clock.frequencyHz()));
        final BigInteger second = BigInteger.valueOf(NS_PER_SECOND);
        final BigInteger[] offset = BigInteger.valueOf(clock.firstMonotonicNs())
            .add(BigInteger.valueOf(clock.wallOffsetNs(beginTicks))).multiply(BigInteger.valueOf(frequency))
            .add(second.subtract(BigInteger.ONE)).divide(second).subtract(BigInteger.valueOf(clock.firstTicks()))
            .divideAndRemainder(BigInteger.valueOf(frequency));
        final boolean negative = offset[1].signum() < 0;
        text.append("clock {\n    name = \"ticks\";\n    description = ")
            .append(quote(String.format(Locale.ROOT, "the target's clock, one line fitted over its readings of"
                + " CLOCK_MONOTONIC; residual %.0f ns; wall time as it was at the first event", clock.residualNs())))
            .append(";\n    freq = ").append(frequency)
            .append(";\n    precision = ").append(Math.round(clock.residualNs() * frequency / NS_PER_SECOND))
            .append(";\n    offset_s = ").append(negative ? offset[0].subtract(BigInteger.ONE) : offset[0])
            .append(";\n    offset = ").append(negative ? offset[1].add(BigInteger.valueOf(frequency)) : offset[1])
            .append(";\n};\n\n");
    }

    private static void appendEvent(final StringBuilder text, final EventSchema schema, final StreamClass streamClass) {
        text.append("event {\n    name = ").append(quote(schema.name())).append(";\n    id = ").append(schema.id())
            .append(";\n    stream_id = ").append(streamClass.code()).append(";\n    fields := struct {\n");
        final Set<String> names = new HashSet<>();
        final List<String> unique = schema.fields().stream()
            .map(field -> unique(names, '_' + field.name().replaceAll("[^A-Za-z0-9_]", "_"))).toList();
        for (int i = 0; i < unique.size(); i++) {
            final FieldSchema field = schema.fields().get(i);
            final String name = unique.get(i);
            text.append("        ");
            if (field.type().isVariable()) {
                // Names of lengths are chosen after all declared names. So a declared name that is equal to one stays
                // as it is.
                final String length = uniqueLength(names, '_' + name + "_length");
                text.append("uint16_t ").append(length).append(";\n        ")
                    .append(field.type() == FieldType.STRING ? "utf8_t " : "uint8_t ").append(name).append('[')
                    .append(length).append("];\n");
            } else {
                text.append(type(field)).append(' ').append(name).append(";\n");
            }
        }
        text.append("    };\n};\n\n");
    }

    /**
     * Names that differ only in characters that CTF does not allow get numbers. So do names that babeltrace2 takes as
     * equal: it compares a new name as written with the earlier names without their underscore.
     */
    private static String unique(final Set<String> names, final String wanted) {
        String name = wanted;
        for (int i = 2; names.contains('_' + name) || !names.add(name); i++) {
            name = wanted + '_' + i;
        }
        return name;
    }

    /** A name for a length. Declared names may come after it. */
    private static String uniqueLength(final Set<String> names, final String wanted) {
        String name = wanted;
        for (int i = 2; names.contains(name.substring(1)) || names.contains('_' + name) || !names.add(name); i++) {
            name = wanted + '_' + i;
        }
        return name;
    }

    private static String type(final FieldSchema field) {
        return switch (field.type()) {
            case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, FLOAT32, FLOAT64 ->
                field.type().name().toLowerCase(Locale.ROOT) + "_t";
            case BOOL -> "uint8_t";
            case ENUM8 -> enumeration("uint8_t", field);
            case ENUM16 -> enumeration("uint16_t", field);
            case STRING, BYTES -> throw new IllegalArgumentException("type=" + field.type());
        };
    }

    private static String enumeration(final String container, final FieldSchema field) {
        final List<String> labels = field.labels();
        if (labels.isEmpty()) {
            return container;
        }
        final StringBuilder text = new StringBuilder("enum : ").append(container).append(" { ");
        for (int i = 0; i < labels.size(); i++) {
            text.append(i == 0 ? "" : ", ").append(quote(labels.get(i))).append(" = ").append(i);
        }
        final int codeOfNull = NullValue.code(field.type());
        if (NullValue.isCode(field, codeOfNull)) {
            text.append(", ").append(quote(labels.contains("null") ? "(null)" : "null")).append(" = ")
                .append(codeOfNull);
        }
        return text.append(" }").toString();
    }

    /** A string literal. Control characters become spaces, because TSDL's escapes do not cover them well. */
    private static String quote(final String text) {
        final String plain = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", " ");
        return '"' + plain.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
