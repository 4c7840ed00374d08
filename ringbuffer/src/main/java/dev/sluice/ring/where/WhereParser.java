// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

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
import dev.sluice.ring.where.WhereLexer.Kind;
import dev.sluice.ring.where.WhereLexer.Token;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a condition: {@code ||} binds least, then {@code &&}, then {@code !}, then comparisons. For one thread. */
public final class WhereParser {
    /** More than a person writes, and few enough that the recursion cannot overflow the stack. */
    private static final int MAX_DEPTH = 200;
    private static final Pattern DECIMAL =
        Pattern.compile("([+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d{1,3})?)(ns|us|ms|s|m|h)?");
    private static final Pattern HEXADECIMAL = Pattern.compile("([+-]?)0[xX]([0-9a-fA-F]+)");
    private static final Pattern BYTES = Pattern.compile("0x([0-9a-fA-F]*)");
    private static final int MAX_NUMBER_LENGTH = 400;
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private final List<Token> tokens;
    private int at;
    private int depth;

    private WhereParser(final List<Token> tokens) {
        this.tokens = tokens;
    }

    /**
     * Reads a condition.
     *
     * @throws WhereException if the text is not a condition; it names the column
     */
    public static Expression parse(final String text) {
        final WhereParser parser = new WhereParser(WhereLexer.tokens(text));
        if (parser.peek().kind() == Kind.END) {
            throw new WhereException(1, "the condition is empty: write one such as 'price > 100'");
        }
        final Expression all = parser.either();
        final Token rest = parser.peek();
        if (rest.kind() != Kind.END) {
            throw new WhereException(rest.column(), rest.described() + " is not expected here" + joinHint(rest));
        }
        return all;
    }

    private static String joinHint(final Token token) {
        return switch (token.text()) {
            case "and", "AND" -> "; write && for both";
            case "or", "OR" -> "; write || for either";
            case ")" -> "; there is no ( for it";
            default -> Operator.of(token.text()) != null
                ? "; compare two at a time: 'a < b && b < c'" : "; join conditions by && or ||";
        };
    }

    private Token peek() {
        return tokens.get(at);
    }

    private boolean take(final String symbol) {
        if (peek().is(symbol)) {
            at++;
            return true;
        }
        return false;
    }

    private Expression either() {
        Expression left = both();
        while (take("||")) {
            left = new Expression.Or(left, both());
            deeper();
        }
        return left;
    }

    private Expression both() {
        Expression left = unary();
        while (take("&&")) {
            left = new Expression.And(left, unary());
            deeper();
        }
        return left;
    }

    /** Counts one step. Each step makes the tree deeper by one at most. */
    private void deeper() {
        if (++depth > MAX_DEPTH) {
            throw new WhereException(peek().column(), "the condition has more than " + MAX_DEPTH + " parts");
        }
    }

    private Expression unary() {
        final Token first = peek();
        if (take("!")) {
            deeper();
            final Expression inner = unary();
            if (inner instanceof Comparison) {
                if (!tokens.get(at - 1).is(")")) {
                    throw new WhereException(first.column(), "what does ! deny here? Write !(...) to deny the"
                        + " comparison, or use the opposite one");
                }
            }
            return new Expression.Not(inner);
        }
        if (take("(")) {
            deeper();
            final Expression inner = either();
            if (!take(")")) {
                throw new WhereException(peek().column(), "a ) is missing before " + peek().described()
                    + ", for the ( in column " + first.column());
            }
            return inner;
        }
        return comparison();
    }

    private Expression comparison() {
        final Operand left = operand();
        final Token word = peek();
        final Operator operator = word.kind() == Kind.SYMBOL ? Operator.of(word.text()) : null;
        if (operator == null) {
            if (left instanceof FieldName field) {
                return new Flag(field);
            }
            throw new WhereException(word.column(), "a comparison is missing before " + word.described()
                + ": ==, !=, <, <=, >, >=, =~ or !~");
        }
        at++;
        final Operand right = operand();
        if (left instanceof FieldName) {
            return new Comparison(left, operator, right, word.column());
        }
        if (!(right instanceof FieldName)) {
            throw new WhereException(left.column(), "neither side of " + operator.text() + " is a field; texts"
                + " stand in quotes, names of fields do not");
        }
        if (operator.isLike()) {
            throw new WhereException(word.column(), "the field stands before " + operator.text()
                + ", the pattern behind it");
        }
        return new Comparison(right, operator.mirrored(), left, word.column());
    }

    private Operand operand() {
        final Token token = peek();
        at += token.kind() == Kind.END ? 0 : 1;
        return switch (token.kind()) {
            case TEXT -> new TextValue(token.text(), token.column());
            case NUMBER -> number(token);
            case NAME -> named(token);
            case QUOTED_NAME -> new FieldName(token.text(), token.column());
            default -> throw new WhereException(token.column(), "a field or a value is missing before "
                + token.described());
        };
    }

    private static Operand named(final Token token) {
        return switch (token.text()) {
            case "true", "false" -> new BooleanValue(token.text().equals("true"), token.column());
            case "null" -> new NullLiteral(token.column());
            case "NaN" -> new SpecialValue(Double.NaN, token.column());
            case "Infinity" -> new SpecialValue(Double.POSITIVE_INFINITY, token.column());
            default -> new FieldName(token.text(), token.column());
        };
    }

    /**
     * Nanoseconds in a unit of time.
     *
     * @param unit ns, us, ms, s, m or h
     */
    public static long nsOf(final String unit) {
        return switch (unit) {
            case "ns" -> 1;
            case "us" -> 1_000;
            case "ms" -> 1_000_000;
            case "s" -> NS_PER_SECOND;
            case "m" -> 60 * NS_PER_SECOND;
            default -> 3_600 * NS_PER_SECOND;
        };
    }

    private static Operand number(final Token token) {
        final String text = token.text().replace("_", "");
        if (text.endsWith("Infinity")) {
            return new SpecialValue(text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY,
                token.column());
        }
        final Matcher hexadecimal = HEXADECIMAL.matcher(text);
        if (text.length() <= MAX_NUMBER_LENGTH && hexadecimal.matches()) {
            final BigInteger value = new BigInteger(hexadecimal.group(1) + hexadecimal.group(2), 16);
            return new NumberValue(new BigDecimal(value), text, token.column());
        }
        final Matcher bytes = BYTES.matcher(text);
        if (bytes.matches()) {
            return new BytesValue(bytes.group(1), token.column());
        }
        final Matcher decimal = DECIMAL.matcher(text);
        if (text.length() > MAX_NUMBER_LENGTH || !decimal.matches()) {
            throw new WhereException(token.column(), token.described() + " is no number such as 100, -1.5e3, 0xFF"
                + " or 10ms (which is 10000000)");
        }
        final BigDecimal plain = new BigDecimal(decimal.group(1));
        final BigDecimal value = decimal.group(2) == null ? plain
            : plain.multiply(BigDecimal.valueOf(nsOf(decimal.group(2))));
        return new NumberValue(value, text, token.column());
    }
}
