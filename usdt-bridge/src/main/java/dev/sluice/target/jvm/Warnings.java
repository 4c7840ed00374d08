// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import dev.sluice.ring.region.ErrorLog;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * Warnings of what goes wrong inside the tracer and must not reach the application. Each distinct text is printed to
 * standard error once, at most {@value #MOST_LINES} texts in all; all warnings are counted, with their times, in the
 * region's error log, which {@code sluice list}, {@code report} and {@code salvage} show. Texts that differ only in
 * numbers count as the same text. Nothing here throws, even if no memory or no stack is left, because that is when it
 * may be called. Any thread.
 */
public final class Warnings {
    /**
     * The greatest number of warnings that a process prints; after them comes one line that says where the others are.
     */
    static final int MOST_LINES = 16;
    /** Distinct texts that are told apart; further ones are only counted. */
    private static final int MOST_KNOWN = 256;
    private static final int MAX_TEXT_LENGTH = 1000;
    private static final int MAX_FRAMES = 12;

    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final StackTraceElement[] NO_FRAMES = {};

    private static final Map<String, Warning> KNOWN = new ConcurrentHashMap<>();
    private static final AtomicInteger LINES = new AtomicInteger();
    private static final Warning OTHERS = new Warning("further warnings of other kinds", NO_FRAMES);
    /** The region's error log; null until the region is made. */
    private static volatile ErrorLog log;

    private Warnings() {
    }

    /**
     * A warning in the form that the log takes. Two warnings are the same if their texts and their stacks are the same.
     */
    private static final class Warning extends Throwable {
        private static final long serialVersionUID = 1L;

        /** How often this warning was seen before there was a log. Guarded by the lock of the class. */
        private transient int unlogged;

        Warning(final String text, final StackTraceElement[] frames) {
            super(text.substring(0, Math.min(text.length(), MAX_TEXT_LENGTH)), null, false, true);
            setStackTrace(frames);
        }

        @Override
        public String toString() {
            return getMessage();
        }
    }

    /** Warns of a problem that can be understood without its stack. */
    public static void once(final String text) {
        try {
            warn(text, NO_FRAMES);
        } catch (final Throwable e) {
            // Nobody can be told.
            return;
        }
    }

    /** Warns of a caught error. */
    public static void failure(final String what, final Throwable caught) {
        try {
            final StackTraceElement[] frames = caught.getStackTrace();
            warn(what + ": " + caught, Arrays.copyOf(frames, Math.min(frames.length, MAX_FRAMES)));
        } catch (final Throwable e) {
            // Nobody can be told.
            return;
        }
    }

    private static void warn(final String text, final StackTraceElement[] frames) {
        // Numbers are descriptors, sizes and thread ids: a separate entry for each number would fill the log.
        final String kind = NUMBER.matcher(text).replaceAll("#") + (frames.length == 0 ? "" : frames[0]);
        Warning warning = KNOWN.get(kind);
        boolean isNew = false;
        if (warning == null) {
            final Warning mine = KNOWN.size() < MOST_KNOWN ? new Warning(text, frames) : OTHERS;
            final Warning other = KNOWN.size() < MOST_KNOWN ? KNOWN.putIfAbsent(kind, mine) : null;
            isNew = other == null && mine != OTHERS;
            warning = other == null ? mine : other;
        }
        count(warning);
        if (isNew) {
            print(text);
        }
    }

    private static void count(final Warning warning) {
        final ErrorLog current = log;
        if (current != null) {
            current.record(warning);
            return;
        }
        synchronized (Warnings.class) {
            if (log == null) {
                warning.unlogged++;
                return;
            }
        }
        log.record(warning);
    }

    /** Prints a text. No lock is held, because the stream may be code of the application. */
    private static void print(final String text) {
        final int line = LINES.incrementAndGet();
        if (line <= MOST_LINES) {
            System.err.println("[sluice] warning: " + text);
        } else if (line == MOST_LINES + 1) {
            System.err.println("[sluice] warning: no more are printed; sluice list -p "
                + ProcessHandle.current().pid() + " shows all");
        }
    }

    /**
     * Counts in a log from now on, and adds to it what was seen before there was a log. With null, the log is no longer
     * used.
     */
    public static synchronized void logTo(final ErrorLog newLog) {
        log = newLog;
        if (newLog == null) {
            return;
        }
        KNOWN.values().forEach(warning -> {
            for (int i = 0; i < warning.unlogged; i++) {
                newLog.record(warning);
            }
            warning.unlogged = 0;
        });
    }
}
