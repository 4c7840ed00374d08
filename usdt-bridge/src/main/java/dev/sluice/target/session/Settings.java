// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.session;

import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.drain.RecordSizing;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.clock.Clocks;
import java.util.Locale;

/**
 * The target's settings: system properties {@code sluice.*}, read once when the target starts. Immutable.
 *
 * @param enabled          {@code sluice.enabled}: false turns the library off
 * @param clock            {@code sluice.clock}: auto, tsc, nano, coarse or sampled
 * @param clockPeriodNs    {@code sluice.clock.period}: time between ticks of the coarse clock; how long the readings of
 *                         a sampled one may be carried
 * @param clockEvery       {@code sluice.clock.every}: one event in so many reads a clock that is sampled
 * @param strategy         {@code sluice.strategy}: owner or drain_thread; a consumer in shared mode drains by itself
 * @param policy           {@code sluice.policy}: discard, block or overwrite; a session may override it
 * @param blockTimeoutNs   {@code sluice.block.timeout}: longest wait of one event under BLOCK
 * @param staleAfterNs     {@code sluice.stale}: for how long a consumer's heartbeat may stay the same before threads
 *                         stop waiting for it
 * @param flushPeriodNs    {@code sluice.flush.period}: how long an event of a slow ring waits at most
 * @param slots            {@code sluice.region.slots}: greatest number of rings at one time
 * @param memoryLimitBytes {@code sluice.region.memory}: memory of all rings
 * @param chunkLength      {@code sluice.chunk.length}: bytes, a power of two
 * @param chunks           {@code sluice.ring.chunks}: chunks of a ring, a power of two
 * @param stringLimit      {@code sluice.string.limit}: bytes of one text
 * @param regionDirectory  {@code sluice.region.dir}: directory of the region's file, or empty if the region is a memfd
 */
public record Settings(boolean enabled, String clock, long clockPeriodNs, int clockEvery, DrainStrategy strategy,
                FullPolicy policy, long blockTimeoutNs, long staleAfterNs, long flushPeriodNs, int slots,
                long memoryLimitBytes, int chunkLength, int chunks, int stringLimit, String regionDirectory) {
    /** Property with the directory of file regions. */
    public static final String REGION_DIRECTORY = "sluice.region.dir";

    private static final int MIN_CHUNK_LENGTH = 4096;
    /** The drain probe's greatest batch. */
    private static final int MAX_CHUNK_LENGTH = RecordSizing.MAX_CONTENT_LENGTH;
    private static final int MAX_STRING_LIMIT = 32_768;
    private static final long MS = 1_000_000L;
    private static final long MAX_CLOCK_PERIOD_MS = 1000;
    private static final int MAX_CLOCK_EVERY = 1 << 16;

    /**
     * Reads the properties.
     *
     * @throws IllegalArgumentException if a value is unfit; the message names the property and its legal values
     */
    public static Settings read() {
        return new Settings(
            Boolean.parseBoolean(System.getProperty("sluice.enabled", "true")),
            oneOf("sluice.clock", Clocks.AUTO, Clocks.AUTO, Clocks.TSC, Clocks.NANO, Clocks.COARSE,
                Clocks.SAMPLED),
            clockPeriod(),
            (int) number("sluice.clock.every", 16, 2, MAX_CLOCK_EVERY),
            DrainStrategy.valueOf(oneOf("sluice.strategy", "owner", "owner", "drain_thread")
                .toUpperCase(Locale.ROOT)),
            FullPolicy.valueOf(oneOf("sluice.policy", "discard", "discard", "block", "overwrite")
                .toUpperCase(Locale.ROOT)),
            milliseconds("sluice.block.timeout", 10_000),
            milliseconds("sluice.stale", 1000),
            milliseconds("sluice.flush.period", 100),
            (int) number("sluice.region.slots", 1024, 1, RegionDescriptor.MAX_SLOT_COUNT),
            bytes("sluice.region.memory", 512L << 20),
            powerOfTwo("sluice.chunk.length", MAX_CHUNK_LENGTH, MIN_CHUNK_LENGTH, MAX_CHUNK_LENGTH),
            powerOfTwo("sluice.ring.chunks", SlotDescriptor.MIN_CHUNKS, SlotDescriptor.MIN_CHUNKS,
                SlotDescriptor.MAX_CHUNKS),
            (int) number("sluice.string.limit", 4096, 16, MAX_STRING_LIMIT),
            System.getProperty(REGION_DIRECTORY, "").trim());
    }

    /** Bytes of a ring. */
    public long ringLength() {
        return (long) chunkLength * chunks;
    }

    private static String oneOf(final String property, final String byDefault, final String... allowed) {
        final String value = System.getProperty(property, byDefault).toLowerCase(Locale.ROOT);
        for (final String one : allowed) {
            if (one.equals(value)) {
                return value;
            }
        }
        throw wrong(property, value, "one of " + String.join(", ", allowed));
    }

    private static long milliseconds(final String property, final long byDefaultMs) {
        final String text = System.getProperty(property, byDefaultMs + "ms").trim().toLowerCase(Locale.ROOT);
        final long scale = text.endsWith("ms") ? MS : text.endsWith("s") ? 1000 * MS : 0;
        final String digits = text.replaceAll("m?s$", "");
        if (scale == 0 || !digits.matches("\\d{1,9}")) {
            throw wrong(property, text, "a time such as 100ms or 10s");
        }
        return Long.parseLong(digits) * scale;
    }

    /** Reads the coarse clock's period. A period of 0 would make its thread spin. */
    private static long clockPeriod() {
        final long period = milliseconds("sluice.clock.period", 1);
        if (period < MS || period > MAX_CLOCK_PERIOD_MS * MS) {
            throw wrong("sluice.clock.period", System.getProperty("sluice.clock.period"),
                "a time from 1ms to " + MAX_CLOCK_PERIOD_MS + "ms");
        }
        return period;
    }

    private static long bytes(final String property, final long byDefault) {
        final String text = System.getProperty(property, Long.toString(byDefault)).trim().toLowerCase(Locale.ROOT);
        final int shift = text.endsWith("k") ? 10 : text.endsWith("m") ? 20 : text.endsWith("g") ? 30 : 0;
        final String digits = shift == 0 ? text : text.substring(0, text.length() - 1);
        if (!digits.matches("\\d{1,12}")) {
            throw wrong(property, text, "a size such as 64m or 1g");
        }
        return Long.parseLong(digits) << shift;
    }

    private static long number(final String property, final long byDefault, final long least, final long most) {
        final String text = System.getProperty(property, Long.toString(byDefault)).trim();
        final long value = text.matches("\\d{1,12}") ? Long.parseLong(text) : -1;
        if (value < least || value > most) {
            throw wrong(property, text, "a number from " + least + " to " + most);
        }
        return value;
    }

    private static int powerOfTwo(final String property, final int byDefault, final int least, final int most) {
        final long value = bytes(property, byDefault);
        if (value < least || value > most || Long.bitCount(value) != 1) {
            throw wrong(property, Long.toString(value), "a power of two from " + least + " to " + most);
        }
        return (int) value;
    }

    private static IllegalArgumentException wrong(final String property, final String value, final String what) {
        return new IllegalArgumentException(property + "=" + value + " is not " + what);
    }
}
