// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

import dev.sluice.ring.where.WhereParser;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a range of time begins or ends. Immutable. It is written as one of these:
 * <pre>
 * +1.5s                            1.5 s after the first event of the trace; units ns, us, ms, s, m, h
 * -10s                             10 s before the last event
 * 2026-01-02T03:04:05.000000006Z   wall time, as print shows it; without a zone it is UTC; +02:00 is a zone as well
 * 2026-01-02                       the begin of that day
 * 03:04:05.5                       wall time on the day of the trace, or on the next day if the trace lasted until then
 * 1767323045000000006              nanoseconds since 1970, as JSON has it in time_ns
 * </pre>
 * Offsets are measured with CLOCK_MONOTONIC, so it does not matter to them whether the wall clock was set meanwhile.
 */
public final class TimeBound {
    /** The point that {@link #ns} counts from. */
    public enum Origin {
        /** The first event of the trace; the number counts forward. */
        BEGIN,
        /** The last event of the trace; the number counts back. */
        END,
        /** The begin of 1970, by CLOCK_REALTIME. */
        WALL,
        /** The begin of a day of the trace, by CLOCK_REALTIME. */
        DAY
    }

    private static final Pattern OFFSET = Pattern.compile("([+-])(\\d{1,12}(?:\\.\\d{1,12})?)(ns|us|ms|s|m|h)");
    private static final Pattern CALENDAR = Pattern.compile(
        "(\\d{4}-\\d\\d-\\d\\d)?(?:(?:^|[T ])(\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d{1,9})?)?))?(Z|[+-]\\d\\d:?\\d\\d)?");
    private static final Pattern NANOSECONDS = Pattern.compile("\\d{16,19}");
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final long NS_PER_DAY = 86_400 * NS_PER_SECOND;

    private final Origin origin;
    private final long ns;

    private TimeBound(final Origin origin, final long ns) {
        this.origin = origin;
        this.ns = ns;
    }

    /** A wall time: ns since 1970 by CLOCK_REALTIME. */
    public static TimeBound wall(final long realtimeNs) {
        return new TimeBound(Origin.WALL, realtimeNs);
    }

    /** A time after the first event, in ns. */
    public static TimeBound afterBegin(final long offsetNs) {
        return new TimeBound(Origin.BEGIN, offsetNs);
    }

    /** A time before the last event, in ns. */
    public static TimeBound beforeEnd(final long offsetNs) {
        return new TimeBound(Origin.END, offsetNs);
    }

    /**
     * Reads a bound.
     *
     * @throws SelectionException if the text is not a bound
     */
    public static TimeBound parse(final String text) {
        final Matcher offset = OFFSET.matcher(text);
        try {
            if (offset.matches()) {
                final long length = new BigDecimal(offset.group(2)).multiply(BigDecimal.valueOf(
                    WhereParser.nsOf(offset.group(3)))).toBigInteger().longValueExact();
                return new TimeBound(offset.group(1).equals("+") ? Origin.BEGIN : Origin.END, length);
            }
            if (NANOSECONDS.matcher(text).matches()) {
                return wall(Long.parseLong(text));
            }
            return calendar(text);
        } catch (final DateTimeException | ArithmeticException | NumberFormatException e) {
            throw refused(text, " (" + e.getMessage() + ')');
        }
    }

    private static SelectionException refused(final String text, final String why) {
        return new SelectionException("'" + text + "' is no time" + why + ": write an offset from the first event"
            + " (+1.5s) or back from the last one (-10s), a wall time (2026-01-02T03:04:05.5Z, or 03:04:05), or"
            + " nanoseconds since 1970");
    }

    private static TimeBound calendar(final String text) {
        final Matcher matcher = CALENDAR.matcher(text);
        if (text.isEmpty() || !matcher.matches() || matcher.group(1) == null && matcher.group(2) == null) {
            throw refused(text, "");
        }
        final long zoneNs = matcher.group(3) == null ? 0
            : ZoneOffset.of(matcher.group(3)).getTotalSeconds() * NS_PER_SECOND;
        final long timeNs = matcher.group(2) == null ? 0 : LocalTime.parse(matcher.group(2)).toNanoOfDay();
        if (matcher.group(1) == null) {
            return new TimeBound(Origin.DAY, Math.floorMod(timeNs - zoneNs, NS_PER_DAY));
        }
        final long days = LocalDate.parse(matcher.group(1)).toEpochDay();
        return wall(Math.addExact(Math.multiplyExact(days, NS_PER_DAY), timeNs - zoneNs));
    }

    /** Whether it is later than another one in any trace; false also if that depends on the trace. */
    boolean isAfter(final TimeBound other) {
        return origin == other.origin && origin != Origin.DAY && (origin == Origin.END ? ns < other.ns : ns > other.ns);
    }

    /** The error for a range of time that ends before it begins. */
    public static SelectionException reversed() {
        return new SelectionException("the range of time ends before it begins, so there is nothing in it: --from is"
            + " later than --to");
    }

    /** The point that the number counts from. */
    public Origin origin() {
        return origin;
    }

    /** The number of nanoseconds, counted from {@link #origin}. */
    public long ns() {
        return ns;
    }

    /**
     * The wall time of a bound of {@link Origin#WALL} or {@link Origin#DAY}, in ns since 1970.
     *
     * @param beginNs CLOCK_REALTIME of the trace's first event
     * @param endNs   CLOCK_REALTIME of the trace's last event
     */
    public long wallNs(final long beginNs, final long endNs) {
        if (origin != Origin.DAY) {
            return ns;
        }
        final long today = Math.floorDiv(beginNs, NS_PER_DAY) * NS_PER_DAY + ns;
        return today < beginNs && today + NS_PER_DAY <= endNs ? today + NS_PER_DAY : today;
    }
}
