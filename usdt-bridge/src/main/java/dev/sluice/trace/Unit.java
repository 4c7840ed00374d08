// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The unit of a number that a {@link TraceProvider}'s method takes. Reports show it: {@code ns}, {@code us},
 * {@code ms} and {@code s} as durations, {@code B} as bytes, any other behind the number.
 * <pre>{@code
 * void answered(@Unit("ns") long took, @Unit("B") int size, @Unit("EUR") double price);
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface Unit {
    /** The unit: 1 to 32 characters that can be seen. */
    String value();
}
