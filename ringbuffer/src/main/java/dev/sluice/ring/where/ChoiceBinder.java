// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.where.Expression.BooleanValue;
import dev.sluice.ring.where.Expression.Comparison;
import dev.sluice.ring.where.Expression.FieldName;
import dev.sluice.ring.where.Expression.NullLiteral;
import dev.sluice.ring.where.Expression.NumberValue;
import dev.sluice.ring.where.Expression.Operand;
import dev.sluice.ring.where.Expression.Operator;
import dev.sluice.ring.where.Expression.SpecialValue;
import dev.sluice.ring.where.Expression.TextValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Turns a session's choices into what is asked of the events of one tracepoint after another, and remembers which of
 * their comparisons were possible for none: {@link #requireFits} names the first. For one thread.
 */
public final class ChoiceBinder {
    private static final int MOST_NAMES = 20;

    private final List<EventChoice> choices;
    private final Map<EventChoice, Fit> fits = new IdentityHashMap<>();
    private Fit fit;
    private List<FieldSchema> fields = List.of();

    /** What was found out about one choice. */
    private static final class Fit {
        /** Whether it has selected a tracepoint. */
        private boolean isUsed;
        private final Set<Object> fitting = Collections.newSetFromMap(new IdentityHashMap<>());
        private final Map<Object, String> problems = new IdentityHashMap<>();
        private final List<Object> order = new ArrayList<>();
        private final Set<String> names = new TreeSet<>();

        /** Takes a problem; one that says more than that a field is missing counts. */
        void refuse(final Object part, final Misfit problem) {
            if (!problems.containsKey(part)) {
                order.add(part);
            }
            if (!problem.isMissing || !problems.containsKey(part)) {
                problems.put(part, problem.getMessage());
            }
        }
    }

    /** Why a comparison is not possible. */
    private static final class Misfit extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final boolean isMissing;

        Misfit(final String message) {
            this(message, false);
        }

        Misfit(final String message, final boolean isMissing) {
            super(message, null, false, false);
            this.isMissing = isMissing;
        }
    }

    public ChoiceBinder(final List<EventChoice> choices) {
        this.choices = List.copyOf(choices);
        this.choices.forEach(choice -> fits.put(choice, new Fit()));
    }

    /**
     * What is asked of the events of a tracepoint. A comparison that is not possible for them is not true, and neither
     * is its opposite.
     *
     * @param name "provider:tracepoint"
     */
    public EventTest bind(final String name, final List<FieldSchema> itsFields) {
        fields = itsFields;
        EventTest all = new EventTest.Constant(false);
        for (final EventChoice choice : choices) {
            if (choice.selects(name)) {
                fit = fits.get(choice);
                fit.isUsed = true;
                itsFields.forEach(field -> fit.names.add(field.name()));
                all = EventTest.either(all, EventTest.both(choice.expression() == null
                    ? new EventTest.Constant(true) : bound(choice.expression(), true), sampling(choice)));
            }
        }
        return all;
    }

    /**
     * Checks that every comparison of a choice was possible for at least one of the tracepoints that it selects, if it
     * selects any.
     *
     * @throws IllegalArgumentException if one was not; the message names the fields that there are
     */
    public void requireFits() {
        for (final EventChoice choice : choices) {
            final Fit found = fits.get(choice);
            for (final Object part : found.order) {
                if (!found.fitting.contains(part)) {
                    throw new IllegalArgumentException("'" + choice + "': " + found.problems.get(part)
                        + "; there are " + listed(found.names));
                }
            }
        }
    }

    private static String listed(final Set<String> names) {
        final List<String> sorted = List.copyOf(names);
        return sorted.isEmpty() ? "no fields at all"
            : String.join(", ", sorted.subList(0, Math.min(MOST_NAMES, sorted.size())))
            + (sorted.size() > MOST_NAMES ? " and " + (sorted.size() - MOST_NAMES) + " more" : "");
    }

    private EventTest sampling(final EventChoice choice) {
        if (!choice.isSampled()) {
            return new EventTest.Constant(true);
        }
        final long threshold = KeyHash.threshold(choice.every());
        if (choice.key().isEmpty()) {
            return new EventTest.Drawn(threshold);
        }
        return possible(choice, () -> {
            final int field = find(choice.key());
            final FieldType type = fields.get(field).type();
            if (type == FieldType.BYTES || type == FieldType.FLOAT32 || type == FieldType.FLOAT64) {
                throw new Misfit(described(field) + ", and no key: sample by an integer, a bool, an enumeration or a"
                    + " text");
            }
            return new EventTest.Keyed(field, threshold);
        });
    }

    private interface Part {
        EventTest bind();
    }

    private EventTest possible(final Object part, final Part binding) {
        try {
            final EventTest test = binding.bind();
            fit.fitting.add(part);
            return test;
        } catch (final Misfit e) {
            fit.refuse(part, e);
            return new EventTest.Constant(false);
        }
    }

    private EventTest bound(final Expression expression, final boolean isWanted) {
        if (expression instanceof Expression.Or or) {
            return isWanted ? EventTest.either(bound(or.left(), true), bound(or.right(), true))
                : EventTest.both(bound(or.left(), false), bound(or.right(), false));
        }
        if (expression instanceof Expression.And and) {
            return isWanted ? EventTest.both(bound(and.left(), true), bound(and.right(), true))
                : EventTest.either(bound(and.left(), false), bound(and.right(), false));
        }
        if (expression instanceof Expression.Not not) {
            return bound(not.inner(), !isWanted);
        }
        if (expression instanceof Expression.Flag flag) {
            return possible(flag, () -> flag(flag.field().name(), isWanted));
        }
        return possible(expression, () -> comparison((Comparison) expression, isWanted));
    }

    private int find(final String name) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new Misfit("no event that it selects has a field '" + name + "'", true);
    }

    private String described(final int field) {
        final FieldSchema schema = fields.get(field);
        return "field '" + schema.name() + "' is of type " + schema.type().name().toLowerCase(Locale.ROOT);
    }

    private EventTest flag(final String name, final boolean isWanted) {
        final int field = find(name);
        if (fields.get(field).type() != FieldType.BOOL) {
            throw new Misfit(described(field) + ", and only a bool stands by itself: compare it with something");
        }
        return new EventTest.Flag(field, isWanted);
    }

    private EventTest comparison(final Comparison comparison, final boolean isWanted) {
        final int field = find(((FieldName) comparison.left()).name());
        final Operand right = comparison.right();
        final Operator operator = comparison.operator();
        if (right instanceof FieldName || operator.isLike()) {
            throw new Misfit("a filter compares a field with a value, by == != < <= > or >=: record the events, and ask"
                + " more with --where");
        }
        if (right instanceof NullLiteral) {
            return nullTest(field, operator, isWanted);
        }
        return switch (fields.get(field).type()) {
            case BOOL -> bool(field, operator, right, isWanted);
            case ENUM8, ENUM16 -> label(field, operator, right, isWanted);
            case STRING -> text(field, operator, right, isWanted);
            case FLOAT32, FLOAT64 -> floating(field, operator, right, isWanted);
            case BYTES -> throw new Misfit(described(field) + ", which no filter looks at: record the events, and ask"
                + " with --where");
            default -> integer(field, operator, right, isWanted);
        };
    }

    private EventTest nullTest(final int field, final Operator operator, final boolean isWanted) {
        requireEquality(operator, "null");
        final FieldType type = fields.get(field).type();
        if (type == FieldType.BYTES) {
            throw new Misfit(described(field) + ", which no filter looks at: record the events, and ask with --where");
        }
        final boolean isNullWanted = (operator == Operator.EQUAL) == isWanted;
        return type.isEnum() || type == FieldType.STRING ? new EventTest.Null(field, isNullWanted)
            : new EventTest.Constant(!isNullWanted);
    }

    private static void requireEquality(final Operator operator, final String what) {
        if (!operator.isEquality()) {
            throw new Misfit(what + " is compared by == or != alone, not by " + operator.text());
        }
    }

    private EventTest bool(final int field, final Operator operator, final Operand right, final boolean isWanted) {
        if (!(right instanceof BooleanValue value)) {
            throw new Misfit(described(field) + ": compare it with true or false");
        }
        requireEquality(operator, "a bool");
        return new EventTest.Flag(field, value.value() == (operator == Operator.EQUAL) == isWanted);
    }

    private EventTest label(final int field, final Operator operator, final Operand right, final boolean isWanted) {
        final List<String> labels = fields.get(field).labels();
        if (!(right instanceof TextValue text)) {
            throw new Misfit(described(field) + ": compare it with a label in quotes, one of " + labels);
        }
        requireEquality(operator, "a label");
        final boolean isNumbered = text.value().matches("#\\d{1,5}");
        final int code = labels.contains(text.value()) ? labels.indexOf(text.value())
            : isNumbered ? Integer.parseInt(text.value().substring(1)) : -1;
        if (code < 0) {
            throw new Misfit(described(field) + " and has no label '" + text.value() + "', only " + labels);
        }
        return new EventTest.Code(field, code, (operator == Operator.EQUAL) == isWanted);
    }

    private EventTest text(final int field, final Operator operator, final Operand right, final boolean isWanted) {
        if (!(right instanceof TextValue text)) {
            throw new Misfit(described(field) + ": compare it with a text in quotes");
        }
        return new EventTest.Text(field, isWanted ? operator : opposite(operator), text.value());
    }

    private static Operator opposite(final Operator operator) {
        return switch (operator) {
            case EQUAL -> Operator.NOT_EQUAL;
            case NOT_EQUAL -> Operator.EQUAL;
            case LESS -> Operator.GREATER_OR_EQUAL;
            case LESS_OR_EQUAL -> Operator.GREATER;
            case GREATER -> Operator.LESS_OR_EQUAL;
            default -> Operator.LESS;
        };
    }

    /** The number is rounded to the type of the field, so that a value that is shown is equal to itself here. */
    private EventTest floating(final int field, final Operator operator, final Operand right, final boolean isWanted) {
        if (right instanceof SpecialValue special) {
            return Double.isNaN(special.value()) && operator.isEquality()
                ? new EventTest.NotANumber(field, (operator == Operator.EQUAL) == isWanted)
                : new EventTest.Floating(field, operator, special.value(), isWanted);
        }
        if (!(right instanceof NumberValue number)) {
            throw new Misfit(described(field) + ": compare it with a number");
        }
        return new EventTest.Floating(field, operator, fields.get(field).type() == FieldType.FLOAT32
            ? number.value().floatValue() : number.value().doubleValue(), isWanted);
    }

    private EventTest integer(final int field, final Operator operator, final Operand right, final boolean isWanted) {
        if (right instanceof SpecialValue special) {
            // Every integer is less than infinity and greater than minus infinity, and no comparison with NaN is true
            // but !=.
            final int sign = Double.compare(0, special.value());
            final boolean holds = Double.isNaN(special.value()) ? operator == Operator.NOT_EQUAL : operator.holds(sign);
            return new EventTest.Constant(holds == isWanted);
        }
        if (!(right instanceof NumberValue number)) {
            throw new Misfit(described(field) + ": compare it with a number");
        }
        final boolean isUnsigned = fields.get(field).type() == FieldType.UINT64;
        final IntegerRange range = IntegerRange.of(operator, number.value(), isUnsigned);
        final IntegerRange wanted = isWanted ? range
            : new IntegerRange(range.isEmpty(), range.least(), range.greatest(), !range.isInside());
        return wanted.isEmpty() ? new EventTest.Constant(!wanted.isInside()) : new EventTest.InRange(field, wanted);
    }
}
