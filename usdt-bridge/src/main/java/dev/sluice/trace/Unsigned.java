// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a {@code byte}, {@code short}, {@code int} or {@code long} of a {@link TraceProvider}'s method an unsigned
 * field: -1 then means the greatest value of the field's width.
 * <pre>{@code
 * void received(@Unsigned byte flags, @Unsigned int address);
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface Unsigned {
}
