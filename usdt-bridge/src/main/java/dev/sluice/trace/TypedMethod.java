// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.lang.reflect.Method;
import java.util.List;

/**
 * A method of a typed interface.
 *
 * @param method  the method
 * @param name    name of its tracepoint; null for a guard
 * @param fields  fields of its tracepoint, one for each parameter
 * @param guarded the methods whose tracepoints a guard asks; empty for others
 */
record TypedMethod(Method method, String name, List<Field> fields, List<Method> guarded) {
    TypedMethod {
        fields = List.copyOf(fields);
        guarded = List.copyOf(guarded);
    }

    /** Whether it says that something is enabled, rather than to fire. */
    boolean isGuard() {
        return name == null;
    }

    /** Name and parameter types: what makes two methods one. */
    String signature() {
        return signature(method);
    }

    /** The same of any method. */
    static String signature(final Method method) {
        return method.getName() + java.lang.invoke.MethodType.methodType(void.class, method.getParameterTypes());
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
