// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What an event or one of its fields means, for the people who read a trace: on a method of a {@link TraceProvider} it
 * describes the event, on a parameter the field.
 * <pre>{@code
 * @Description("An order has entered the book")
 * void placed(long id, @Description("best price on the other side") @Unit("EUR") double price);
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.PARAMETER})
public @interface Description {
    /** One line of 1 to 256 characters. */
    String value();
}
