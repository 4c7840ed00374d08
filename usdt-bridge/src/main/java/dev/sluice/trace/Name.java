// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A name in the trace that is not the one in the source: of a method of a {@link TraceProvider}, for its tracepoint, or
 * of a parameter, for its field. Parameters need it where the interface is compiled without {@code -parameters}.
 * <pre>{@code
 * @Name("placed")
 * void orderPlaced(@Name("id") long orderId, @Name("price") double orderPrice);
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.PARAMETER})
public @interface Name {
    /** The name: an identifier of at most 64 characters. */
    String value();
}
