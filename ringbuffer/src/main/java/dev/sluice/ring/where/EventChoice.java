// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

import dev.sluice.ring.event.Glob;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of the choices that a session's selection has: which tracepoints, which of their events, and how many of those.
 * It is written {@code orders:placed[price > 100] >=5ms 1/100:id}: a pattern of names, a condition in brackets
 * ({@link WhereParser}), how long pairs last at least, and a sampling, by the key {@code id} or, without that, by
 * event; all but the first may be missing. Behind the time the pairs may stand that are meant, each in braces:
 * {@code >=5ms{db:query,db:result,id,thread}}; else their names show them ({@link PairWords}). An event is selected if
 * any choice selects it. Immutable.
 */
public final class EventChoice {
    private static final Pattern SAMPLING = Pattern.compile("1/(\\d{1,9})(?::(.+))?");
    private static final String QUOTES = "\"'`";
    private static final String AT_LEAST = ">=";
    private static final BigDecimal MOST_NS = BigDecimal.valueOf(24 * 3_600_000_000_000L);
    private static final Pattern DURATION = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)(ns|us|ms|s|m|h)");

    private final String pattern;
    private final String condition;
    private final long leastNs;
    private final List<EventPair> pairs;
    private final int every;
    private final String key;
    private final Glob glob;
    private final Expression expression;

    private EventChoice(final String pattern, final String condition, final long leastNs, final List<EventPair> pairs,
        final int every, final String key, final Expression expression) {
        this.pattern = pattern;
        this.condition = condition;
        this.leastNs = leastNs;
        this.pairs = List.copyOf(pairs);
        this.every = every;
        this.key = key;
        this.expression = expression;
        glob = Glob.ofEvents(pattern);
    }

    /**
     * Reads a choice.
     *
     * @throws IllegalArgumentException if the text is none; the message says where and what would be right
     */
    public static EventChoice of(final String text) {
        final int open = text.indexOf('[');
        final int close = open < 0 ? -1 : close(text, open + 1);
        if (open >= 0 && close < 0) {
            throw new IllegalArgumentException("'" + text + "': a ] is missing at the end of the condition");
        }
        final String head = open < 0 ? text : text.substring(0, open);
        final int space = open < 0 ? head.trim().indexOf(' ') : -1;
        final String pattern = space < 0 ? head.trim() : head.trim().substring(0, space);
        final String rest = open >= 0 ? text.substring(close + 1).trim()
            : space < 0 ? "" : head.trim().substring(space).trim();
        final String condition = open < 0 ? "" : text.substring(open + 1, close).trim();
        if (pattern.isEmpty()) {
            throw new IllegalArgumentException("'" + text + "': the names of events are missing: write"
                + " 'provider:tracepoint', with * and ?");
        }
        return new EventChoice(pattern, condition, 0, List.of(), 1, "",
            open < 0 ? null : parse(text, text.substring(open + 1, close), open + 1)).with(rest);
    }

    /** The same events, of which those are left out that the rest of a text says. */
    private EventChoice with(final String rest) {
        if (rest.isEmpty()) {
            return this;
        }
        if (!rest.startsWith(AT_LEAST)) {
            return sampled(rest);
        }
        int at = AT_LEAST.length();
        while (at < rest.length() && rest.charAt(at) != '{' && rest.charAt(at) != ' ') {
            at++;
        }
        final long ns = duration(rest.substring(AT_LEAST.length(), at));
        final List<EventPair> named = new ArrayList<>();
        while (at < rest.length() && rest.charAt(at) == '{') {
            final int end = rest.indexOf('}', at);
            if (end < 0) {
                throw new IllegalArgumentException("'" + rest + "': a } is missing at the end of a pair");
            }
            named.add(EventPair.of(rest.substring(at + 1, end)));
            at = end + 1;
        }
        final EventChoice lasting = lasting(ns, named);
        final String sampling = rest.substring(at).trim();
        return sampling.isEmpty() ? lasting : lasting.sampled(sampling);
    }

    /**
     * Reads how long something lasts.
     *
     * @param text {@code 500us}, {@code 5ms}, {@code 1.5s}
     * @return ns
     * @throws IllegalArgumentException if the text is no duration, or none that is more than 0 and fits
     */
    public static long duration(final String text) {
        final Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no duration such as 500us, 5ms or 1.5s");
        }
        final BigDecimal ns =
            new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(WhereParser.nsOf(matcher.group(2))));
        if (ns.compareTo(BigDecimal.ONE) < 0 || ns.compareTo(MOST_NS) > 0) {
            throw new IllegalArgumentException("'" + text + "' is not between 1ns and 24h");
        }
        return ns.longValue();
    }

    /**
     * The same events; of pairs only those that last so long.
     *
     * @param ns    at least
     * @param named the pairs that are meant; if there is none, those whose names show it
     * @throws IllegalArgumentException if a pair's text cannot stand in a choice
     */
    public EventChoice lasting(final long ns, final List<EventPair> named) {
        for (final EventPair pair : named) {
            if (pair.text().chars().anyMatch(c -> "{}[]".indexOf(c) >= 0)) {
                throw new IllegalArgumentException("'" + pair.text() + "': no name in it may have a brace or a"
                    + " bracket");
            }
        }
        if (leastNs > 0) {
            throw new IllegalArgumentException("'" + this + "' says already how long pairs last at least");
        }
        return new EventChoice(pattern, condition, ns, named, every, key, expression);
    }

    /** The texts of choices, which {@link #of} reads. */
    public static List<String> texts(final List<EventChoice> choices) {
        return choices.stream().map(EventChoice::toString).toList();
    }

    /** Where the bracket is that closes a condition; -1 if there is none. */
    private static int close(final String text, final int begin) {
        char quote = 0;
        for (int i = begin; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (quote == 0 && c == ']') {
                return i;
            }
            if (quote != 0 && quote != '`' && c == '\\') {
                i++;
            } else if (quote == 0 && QUOTES.indexOf(c) >= 0) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            }
        }
        return -1;
    }

    private static Expression parse(final String text, final String condition, final int offset) {
        try {
            return WhereParser.parse(condition);
        } catch (final WhereException e) {
            throw new IllegalArgumentException("'" + text + "': column " + (offset + e.column()) + ": "
                + e.getMessage(), e);
        }
    }

    /**
     * The same events, of which so many are kept.
     *
     * @param sampling {@code 1/100}, or with a key {@code 1/100:id}
     * @throws IllegalArgumentException if the text is none, or if there is a sampling already
     */
    public EventChoice sampled(final String sampling) {
        final Matcher matcher = SAMPLING.matcher(sampling);
        if (!matcher.matches() || Integer.parseInt(matcher.group(1)) == 0) {
            throw new IllegalArgumentException("'" + sampling + "' is no sampling: write 1/100 for one of a hundred"
                + " events, or 1/100:FIELD for all events of one of a hundred values of a field");
        }
        if (isSampled()) {
            throw new IllegalArgumentException("'" + this + "' is sampled already: leave out '" + sampling + "'");
        }
        return new EventChoice(pattern, condition, leastNs, pairs, Integer.parseInt(matcher.group(1)),
            matcher.group(2) == null ? "" : matcher.group(2), expression);
    }

    /** Whether "provider:tracepoint" is selected, at least some of its events. */
    public boolean selects(final String name) {
        return glob.matches(name);
    }

    /** Whether all events of the tracepoints are selected. */
    public boolean isPlain() {
        return expression == null && !isSampled() && leastNs == 0;
    }

    /** How long pairs last at least of which events are selected, ns; 0 if that does not matter. */
    public long leastNs() {
        return leastNs;
    }

    /** The pairs that this is said of; empty for those whose names show it. */
    public List<EventPair> pairs() {
        return pairs;
    }

    /** Whether it names one tracepoint, and no pattern of several. */
    public boolean isExact() {
        return pattern.indexOf(':') >= 0 && pattern.indexOf('*') < 0 && pattern.indexOf('?') < 0;
    }

    /** Whether not all events are kept. */
    public boolean isSampled() {
        return every > 1;
    }

    /** The pattern of names. */
    public String pattern() {
        return pattern;
    }

    /** The condition as it was written, or an empty text. */
    public String condition() {
        return condition;
    }

    /** Of how many events, or values of the key, one is kept; 1 for all. */
    public int every() {
        return every;
    }

    /** The field by whose values events are sampled; empty for sampling by event. */
    public String key() {
        return key;
    }

    Expression expression() {
        return expression;
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof EventChoice choice && toString().equals(choice.toString());
    }

    @Override
    public int hashCode() {
        return Objects.hash(pattern, condition, leastNs, every, key);
    }

    /** The choice as {@link #of} reads it. */
    @Override
    public String toString() {
        final StringBuilder lasting = new StringBuilder();
        if (leastNs > 0) {
            lasting.append(" >=").append(leastNs).append("ns");
            pairs.forEach(pair -> lasting.append('{').append(pair.text()).append('}'));
        }
        return pattern + (expression == null ? "" : "[" + condition + "]") + lasting
            + (isSampled() ? " 1/" + every + (key.isEmpty() ? "" : ":" + key) : "");
    }
}
