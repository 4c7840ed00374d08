// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.List;

/**
 * A method of a typed interface.
 *
 * @param method  the method
 * @param name    name of the method's tracepoint; null for a guard
 * @param fields  fields of that tracepoint, one for each parameter
 * @param guarded for a guard, the methods whose tracepoints it asks about; empty for other methods
 */
record TypedMethod(Method method, String name, List<Field> fields, List<Method> guarded) {
    TypedMethod {
        fields = List.copyOf(fields);
        guarded = List.copyOf(guarded);
    }

    /** What the method's events mean; empty if that was not said. */
    String description() {
        final Description annotation = method.getAnnotation(Description.class);
        return annotation == null ? "" : annotation.value();
    }

    /** Whether the method asks whether tracepoints are enabled, instead of firing an event. */
    boolean isGuard() {
        return name == null;
    }

    /** Name and parameter types: two methods with the same signature are one method. */
    String signature() {
        return signature(method);
    }

    /** Name and parameter types of any method. */
    static String signature(final Method method) {
        return method.getName() + MethodType.methodType(void.class, method.getParameterTypes());
    }

    /** How messages name a method. */
    static String describe(final Method method) {
        final StringBuilder text = new StringBuilder(method.getDeclaringClass().getTypeName())
            .append('.').append(method.getName()).append('(');
        for (final Class<?> type : method.getParameterTypes()) {
            text.append(text.charAt(text.length() - 1) == '(' ? "" : ", ").append(type.getTypeName());
        }
        return text.append(')').toString();
    }
}
