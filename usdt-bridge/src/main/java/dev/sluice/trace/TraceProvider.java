// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes an interface a group of tracepoints, one for each of its abstract methods:
 * <pre>{@code
 * @TraceProvider("orders")
 * interface OrderTrace {
 *     void placed(long id, double price, String symbol);
 *     boolean cancelled(long id, Reason reason);
 *     boolean isCancelledEnabled();
 * }
 * }</pre>
 * {@link Sluice#provider(Class)} implements the interface; {@link Sluice} says what its methods may look like.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface TraceProvider {
    /** The provider's name: an identifier of at most 64 characters. Several interfaces may name the same provider. */
    String value();
}
