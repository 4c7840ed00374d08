// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.store.query.Selection;
import dev.sluice.store.query.SelectionException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What makes a flight recorder take a snapshot by itself.
 *
 * @param text      as it was given, for people
 * @param kind      what it waits for
 * @param selection events of {@link Kind#EVENT} and {@link Kind#RATE}; null of others
 * @param rate      more than how many of {@link Kind#RATE}; null of others
 */
public record Trigger(String text, Kind kind, Selection selection, EventRate rate) {
    /** What a trigger waits for. */
    public enum Kind {
        /** An event that fits. */
        EVENT,
        /** More events that fit, in a time, than a number. */
        RATE,
        /** SIGUSR1 to the recorder. */
        SIGNAL,
        /** The end of a target's process, however it ends. */
        EXIT,
        /** The end of a target's process that the kernel has killed, as memory was short. */
        OOM
    }

    /** Whether it looks at events. */
    boolean isOfEvents() {
        return selection != null;
    }

    /**
     * Reads "orders:failed", "db:query.ms > 500", "db:query[ms > 500]", the same with a rate behind it as in
     * "orders:failed > 100/s", and "signal", "exit" and "oom".
     */
    public static final class Text implements ITypeConverter<Trigger> {
        /** Behind a condition on a field stands no rate: "a:b.c > 5/s" would be one or the other. */
        private static final Pattern RATE =
            Pattern.compile("([^\\[.]*|.*\\])\\s*>\\s*([0-9][0-9_]*)\\s*/\\s*([0-9.]*[A-Za-z]+)");
        private static final Pattern EVENT =
            Pattern.compile("([^:\\s.\\[]+:[^:\\s.\\[]+)(?:\\.([^.].*)|\\[(.+)\\])?");

        @Override
        public Trigger convert(final String text) {
            for (final Kind kind : List.of(Kind.SIGNAL, Kind.EXIT, Kind.OOM)) {
                if (text.equals(kind.name().toLowerCase(Locale.ROOT))) {
                    return new Trigger(text, kind, null, null);
                }
            }
            final Matcher rate = RATE.matcher(text);
            if (rate.matches()) {
                return new Trigger(text, Kind.RATE, selection(text, rate.group(1).strip()),
                    EventRate.of(text, rate.group(2), rate.group(3)));
            }
            return new Trigger(text, Kind.EVENT, selection(text, text), null);
        }

        private static Selection selection(final String text, final String events) {
            final Matcher event = EVENT.matcher(events);
            if (!event.matches()) {
                throw new TypeConversionException("'" + text + "' is none of PROVIDER:TRACEPOINT, 'P:T.FIELD > 500',"
                    + " 'P:T[CONDITION]', 'P:T > 100/s', 'P:T[CONDITION] > 100/s', signal, exit, oom");
            }
            final String condition = event.group(2) != null ? event.group(2) : event.group(3);
            try {
                final Selection named = Selection.ALL.events(event.group(1));
                return condition == null ? named : named.where(condition);
            } catch (final SelectionException e) {
                throw new TypeConversionException("'" + text + "': " + e.getMessage());
            }
        }
    }
}
