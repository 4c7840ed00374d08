// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.Glob;
import dev.sluice.ring.where.Expression;
import dev.sluice.ring.where.Expression.BooleanValue;
import dev.sluice.ring.where.Expression.BytesValue;
import dev.sluice.ring.where.Expression.Comparison;
import dev.sluice.ring.where.Expression.FieldName;
import dev.sluice.ring.where.Expression.Flag;
import dev.sluice.ring.where.Expression.NullLiteral;
import dev.sluice.ring.where.Expression.NumberValue;
import dev.sluice.ring.where.Expression.Operand;
import dev.sluice.ring.where.Expression.Operator;
import dev.sluice.ring.where.Expression.SpecialValue;
import dev.sluice.ring.where.Expression.TextValue;
import dev.sluice.ring.where.IntegerRange;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Turns a condition, as it was written, into a test of the events of one kind. It remembers which comparisons were
 * possible for at least one kind of event, so that {@link #requireFits} can refuse a comparison that was possible for
 * none. For one thread.
 */
final class WhereBinder {
    private static final int MOST_NAMES = 40;

    /** The comparisons and flags that were possible for some kind of event; below, why others were not. */
    private final Map<Expression, Boolean> fitting = new IdentityHashMap<>();
    private final Map<Expression, SelectionException> problems = new IdentityHashMap<>();
    /** Why a comparison that was possible is probably a mistake. Such a reason is preferred to a problem. */
    private final Map<Expression, SelectionException> doubts = new IdentityHashMap<>();
    private final Set<String> fields = new TreeSet<>();
    /** Null, or why the comparison that is being bound is probably a mistake although it is possible for the event. */
    private SelectionException doubt;

    /** Binds a condition to one kind of event. A comparison that is not possible for that kind is unknown. */
    Condition bind(final Expression expression, final EventLayout layout) {
        layout.schema().fields().forEach(field -> fields.add(field.name()));
        return bound(expression, layout);
    }

    private Condition bound(final Expression expression, final EventLayout layout) {
        if (expression instanceof Expression.Or or) {
            return Condition.or(bound(or.left(), layout), bound(or.right(), layout));
        }
        if (expression instanceof Expression.And and) {
            return Condition.and(bound(and.left(), layout), bound(and.right(), layout));
        }
        if (expression instanceof Expression.Not not) {
            return Condition.not(bound(not.inner(), layout));
        }
        try {
            doubt = null;
            final Condition condition =
                expression instanceof Flag flag ? flag(flag, layout) : comparison((Comparison) expression, layout);
            if (doubt == null) {
                fitting.put(expression, true);
            } else {
                // An enumeration is what was meant, whatever other kinds of events call by the same name.
                doubts.putIfAbsent(expression, doubt);
            }
            return condition;
        } catch (final SelectionException e) {
            problems.merge(expression, e, WhereBinder::telling);
            return new Condition.Constant(Condition.UNKNOWN);
        }
    }

    /** Chooses between two problems: a problem that says more than that a field is missing is preferred. */
    private static SelectionException telling(final SelectionException before, final SelectionException now) {
        return before.isMissingField() ? now : before;
    }

    /**
     * Checks that every comparison was possible for at least one of the kinds of events that were bound.
     *
     * @throws SelectionException if a comparison was possible for none of them
     */
    void requireFits() {
        problems.putAll(doubts);
        problems.keySet().removeAll(fitting.keySet());
        SelectionException first = null;
        for (final Map.Entry<Expression, SelectionException> entry : problems.entrySet()) {
            final SelectionException problem =
                entry.getValue().isMissingField() ? missing(entry.getKey()) : entry.getValue();
            first = first == null || problem.column() < first.column() ? problem : first;
        }
        if (first != null) {
            throw first;
        }
    }

    /** What is missing of a comparison all of whose kinds of events lack a field, though not all the same one. */
    private SelectionException missing(final Expression expression) {
        final FieldName left =
            expression instanceof Flag flag ? flag.field() : (FieldName) ((Comparison) expression).left();
        final FieldName right =
            expression instanceof Comparison comparison && comparison.right() instanceof FieldName other ? other : left;
        if (fields.contains(left.name()) && fields.contains(right.name())) {
            return new SelectionException(left.column(), "no event that is selected has both a field '" + left.name()
                + "' and a field '" + right.name() + "'");
        }
        final FieldName none = fields.contains(left.name()) ? right : left;
        return new SelectionException(none.column(), "no event that is selected has a field '" + none.name()
            + "'; there are " + names());
    }

    private String names() {
        if (fields.isEmpty()) {
            return "no fields at all";
        }
        final String listed = String.join(", ", fields.stream().limit(MOST_NAMES).toList());
        return fields.size() > MOST_NAMES ? listed + " and " + (fields.size() - MOST_NAMES) + " more" : listed;
    }

    private static FieldAccess access(final FieldName name, final EventLayout layout) {
        final int field = layout.indexOf(name.name());
        if (field < 0) {
            throw SelectionException.missingField(name.column(), "there is no field '" + name.name() + "'");
        }
        return new FieldAccess(layout, field);
    }

    private static Condition flag(final Flag flag, final EventLayout layout) {
        final FieldAccess access = access(flag.field(), layout);
        if (access.type() != FieldType.BOOL) {
            throw new SelectionException(flag.field().column(), access.described()
                + ", and only a bool stands by itself: compare it with something");
        }
        return new FieldConditions.Bool(access, true);
    }

    private Condition comparison(final Comparison comparison, final EventLayout layout) {
        final FieldAccess left = access((FieldName) comparison.left(), layout);
        final Operand right = comparison.right();
        final Operator operator = comparison.operator();
        if (right instanceof FieldName other) {
            return fields(left, operator, access(other, layout), comparison.column());
        }
        if (right instanceof NullLiteral) {
            requireEquality(operator, comparison.column(), "null");
            return new FieldConditions.Null(left, operator == Operator.EQUAL);
        }
        if (operator.isLike()) {
            return like(left, operator, right);
        }
        return switch (left.type()) {
            case BOOL -> bool(left, operator, right, comparison.column());
            case ENUM8, ENUM16 -> label(left, operator, right, comparison.column());
            case STRING -> text(left, operator, right);
            case BYTES -> bytes(left, operator, right);
            case FLOAT32, FLOAT64 -> floating(left, operator, right);
            default -> integer(left, operator, right);
        };
    }

    private static void requireEquality(final Operator operator, final int column, final String what) {
        if (!operator.isEquality()) {
            throw new SelectionException(column, what + " is compared by == or != alone, not by " + operator.text());
        }
    }

    private static SelectionException misfit(final FieldAccess access, final Operand operand, final String wanted) {
        return new SelectionException(operand.column(), access.described() + ": compare it with " + wanted);
    }

    private static Condition fields(final FieldAccess left, final Operator operator, final FieldAccess right,
        final int column) {
        if (operator.isLike()) {
            throw new SelectionException(column, "behind " + operator.text() + " stands a pattern in quotes, no field");
        }
        if (left.isNumber() && right.isNumber()) {
            return new FieldConditions.Numbers(left, operator, right);
        }
        if (left.type() == right.type() && !left.type().isEnum()) {
            return left.type() == FieldType.BOOL ? new FieldConditions.Bools(left, operator, right)
                : new ByteConditions.Fields(left, operator, right);
        }
        throw new SelectionException(column, left.described() + ", " + right.described()
            + ": these two cannot be compared");
    }

    private static Condition like(final FieldAccess access, final Operator operator, final Operand operand) {
        if (!(operand instanceof TextValue text)) {
            throw new SelectionException(operand.column(), "behind " + operator.text()
                + " stands a pattern in quotes, such as \"AC*\"");
        }
        final Glob pattern = Glob.ofNames(text.value());
        final boolean isWanted = operator == Operator.LIKE;
        if (access.type().isEnum()) {
            return new FieldConditions.Label(access, label -> pattern.matches(label) == isWanted);
        }
        if (access.type() != FieldType.STRING) {
            throw new SelectionException(operand.column(), access.described() + ", and only texts and labels fit"
                + " patterns");
        }
        return new ByteConditions.Like(access, pattern, isWanted);
    }

    private static Condition bool(final FieldAccess access, final Operator operator, final Operand operand,
        final int column) {
        if (!(operand instanceof BooleanValue value)) {
            throw misfit(access, operand, "true or false");
        }
        requireEquality(operator, column, "a bool");
        return new FieldConditions.Bool(access, value.value() == (operator == Operator.EQUAL));
    }

    private Condition label(final FieldAccess access, final Operator operator, final Operand operand,
        final int column) {
        if (!(operand instanceof TextValue text)) {
            throw misfit(access, operand, "a label in quotes, one of " + access.schema().labels());
        }
        requireEquality(operator, column, "a label");
        if (!access.schema().labels().contains(text.value()) && !text.value().matches("#\\d{1,5}")) {
            doubt = new SelectionException(operand.column(), access.described() + " and has no label '" + text.value()
                + "', only " + access.schema().labels());
        }
        final Predicate<String> isEqual = text.value()::equals;
        return new FieldConditions.Label(access, operator == Operator.EQUAL ? isEqual : isEqual.negate());
    }

    private static Condition text(final FieldAccess access, final Operator operator, final Operand operand) {
        if (!(operand instanceof TextValue text)) {
            throw misfit(access, operand, "a text in quotes");
        }
        return new ByteConditions.Value(access, operator, text.value().getBytes(StandardCharsets.UTF_8));
    }

    private static Condition bytes(final FieldAccess access, final Operator operator, final Operand operand) {
        final String digits = operand instanceof BytesValue bytes ? bytes.digits()
            : operand instanceof NumberValue number && number.text().startsWith("0x") ? number.text().substring(2)
            : null;
        if (digits == null || digits.length() % 2 != 0) {
            throw misfit(access, operand, "bytes as print shows them, 0xcafe");
        }
        return new ByteConditions.Value(access, operator, HexFormat.of().parseHex(digits));
    }

    /** The number is rounded to the type of the field, so that a value that print shows is equal to itself here. */
    private static Condition floating(final FieldAccess access, final Operator operator, final Operand operand) {
        if (operand instanceof SpecialValue special) {
            return Double.isNaN(special.value()) && operator.isEquality()
                ? new FieldConditions.NotANumber(access, operator == Operator.EQUAL)
                : new FieldConditions.Floating(access, operator, special.value());
        }
        if (!(operand instanceof NumberValue number)) {
            throw misfit(access, operand, "a number");
        }
        return new FieldConditions.Floating(access, operator, access.type() == FieldType.FLOAT32
            ? number.value().floatValue() : number.value().doubleValue());
    }

    private static Condition integer(final FieldAccess access, final Operator operator, final Operand operand) {
        if (operand instanceof SpecialValue special) {
            // Every integer is less than infinity and greater than minus infinity, and no comparison with NaN is true
            // but !=.
            return Condition.constant(FieldConditions.holds(operator, 0, special.value()));
        }
        if (!(operand instanceof NumberValue number)) {
            throw misfit(access, operand, "a number");
        }
        final boolean isUnsigned = access.type() == FieldType.UINT64;
        final IntegerRange range = IntegerRange.of(operator, number.value(), isUnsigned);
        return range.isEmpty() ? Condition.constant(!range.isInside())
            : new FieldConditions.Range(access, isUnsigned ? Long.MIN_VALUE : 0, range.least(), range.greatest(),
                range.isInside());
    }
}
