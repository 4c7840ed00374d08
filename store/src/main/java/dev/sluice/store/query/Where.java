// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

import dev.sluice.ring.where.Expression;
import dev.sluice.ring.where.WhereException;
import dev.sluice.ring.where.WhereParser;

/**
 * A condition over the fields of events, such as {@code price > 100 && symbol == "ACME"}. Immutable.
 * <p>
 * From what binds most to what binds least: parentheses, comparisons, {@code !}, {@code &&}, {@code ||}. Comparisons
 * are {@code == != < <= > >=}; {@code =~} and {@code !~} compare a text or a label with a pattern ({@code *} stands for
 * any characters, {@code ?} for one). A comparison has a field on at least one of its sides; a field of type bool may
 * also stand without a comparison. A field whose name is not a plain word is written in backquotes. A field is compared
 * as follows:
 * <ul>
 * <li>an integer, also an unsigned one of 64 bits, with any number, exactly: {@code 18446744073709551615},
 * {@code 0xFF}, {@code 1e6}, {@code 2.5}, and with a unit of time {@code 10ms}, which is 10,000,000;</li>
 * <li>a floating-point number with a number, which is rounded to the field's type first; {@code == NaN} asks whether
 * the field is NaN, and every other comparison with NaN is false but {@code !=};</li>
 * <li>a text with a text in quotes ({@code "a\n"} or {@code 'a'}), in the order of Unicode's code points;</li>
 * <li>an enumeration with a label in quotes, by == and !=;</li>
 * <li>a bool with {@code true} or {@code false}, by == and !=;</li>
 * <li>a byte sequence with a sequence such as {@code 0xcafe}, in the order of unsigned bytes;</li>
 * <li>any field with {@code null}, by == and !=;</li>
 * <li>a number with a number, a text with a text, and so on, if both are fields of one event.</li>
 * </ul>
 * As in SQL, any other comparison with a null is unknown, and so is a comparison with a field that the event does not
 * have. Unknown and its opposite are both not true, so such an event is not selected, with or without {@code !}.
 */
public final class Where {
    private final String text;
    private final Expression expression;

    private Where(final String text, final Expression expression) {
        this.text = text;
        this.expression = expression;
    }

    /**
     * Reads a condition.
     *
     * @throws SelectionException if the text is not a condition; the message names the column
     */
    public static Where parse(final String text) {
        try {
            return new Where(text, WhereParser.parse(text));
        } catch (final WhereException e) {
            throw new SelectionException(e.column(), e.getMessage());
        }
    }

    Expression expression() {
        return expression;
    }

    /** The condition as it was written. */
    @Override
    public String toString() {
        return text;
    }
}
