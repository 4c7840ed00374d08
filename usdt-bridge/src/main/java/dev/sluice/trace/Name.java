// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Gives a tracepoint or a field another name than the source has: on a method of a {@link TraceProvider} it names the
 * tracepoint, on a parameter it names the field. Parameters need it where the interface is compiled without
 * {@code -parameters}.
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
