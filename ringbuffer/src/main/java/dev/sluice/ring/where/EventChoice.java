// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

import dev.sluice.ring.event.Glob;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of the choices that a session's selection has: which tracepoints, which of their events, and how many of those.
 * It is written {@code orders:placed[price > 100] 1/100:id}: a pattern of names, a condition in brackets
 * ({@link WhereParser}), and a sampling, by the key {@code id} or, without that, by event; the last two may be missing.
 * An event is selected if any choice selects it. Immutable.
 */
public final class EventChoice {
    private static final Pattern SAMPLING = Pattern.compile("1/(\\d{1,9})(?::(.+))?");
    private static final String QUOTES = "\"'`";

    private final String pattern;
    private final String condition;
    private final int every;
    private final String key;
    private final Glob glob;
    private final Expression expression;

    private EventChoice(final String pattern, final String condition, final int every, final String key,
        final Expression expression) {
        this.pattern = pattern;
        this.condition = condition;
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
        final EventChoice choice = new EventChoice(pattern, condition, 1, "",
            open < 0 ? null : parse(text, text.substring(open + 1, close), open + 1));
        return rest.isEmpty() ? choice : choice.sampled(rest);
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
        return new EventChoice(pattern, condition, Integer.parseInt(matcher.group(1)),
            matcher.group(2) == null ? "" : matcher.group(2), expression);
    }

    /** Whether "provider:tracepoint" is selected, at least some of its events. */
    public boolean selects(final String name) {
        return glob.matches(name);
    }

    /** Whether all events of the tracepoints are selected. */
    public boolean isPlain() {
        return expression == null && !isSampled();
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
        return Objects.hash(pattern, condition, every, key);
    }

    /** The choice as {@link #of} reads it. */
    @Override
    public String toString() {
        return pattern + (expression == null ? "" : "[" + condition + "]")
            + (isSampled() ? " 1/" + every + (key.isEmpty() ? "" : ":" + key) : "");
    }
}
