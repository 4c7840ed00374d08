// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/**
 * Leaves tests to another JDK whose turn it is: see {@link OneJdk}. The methods of a class, in the order of their
 * names, and the invocations of a method take the JDKs in turn, from one on that the class's name chooses.
 */
final class OneJdkCondition implements ExecutionCondition {
    /** What the reason begins with. */
    static final String LEFT = "left to another JDK of this run";
    private static final Pattern INVOCATION = Pattern.compile(".*/\\[test-template-invocation:#(\\d+)]");
    private static final ConditionEvaluationResult TAKEN = ConditionEvaluationResult.enabled("runs here");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(final ExtensionContext context) {
        final Share share = context.getConfigurationParameter(Share.PROPERTY).map(Share::of).orElse(Share.OF_THIS_RUN);
        final Class<?> type = context.getRequiredTestClass();
        final Optional<Method> method = context.getTestMethod();
        final boolean isTogether = AnnotationSupport.findAnnotation(type, OneJdk.class)
            .map(OneJdk::together).orElse(false);
        final long first = type.getName().hashCode();
        if (isTogether) {
            return result(share, first);
        }
        if (method.isEmpty() || method.get().isAnnotationPresent(EveryJdk.class)) {
            return TAKEN;
        }
        final Matcher invocation = INVOCATION.matcher(context.getUniqueId());
        if (invocation.matches()) {
            return result(share, first + indexOf(type, method.get()) + Long.parseLong(invocation.group(1)));
        }
        return context.getUniqueId().contains("[test-template:")
            ? TAKEN : result(share, first + indexOf(type, method.get()));
    }

    private static ConditionEvaluationResult result(final Share share, final long number) {
        return share.takes(number) ? TAKEN
            : ConditionEvaluationResult.disabled(LEFT + ": share " + (share.part() + 1) + " of " + share.parts());
    }

    private static int indexOf(final Class<?> type, final Method method) {
        final List<String> names = AnnotationSupport
            .findAnnotatedMethods(type, Testable.class, HierarchyTraversalMode.TOP_DOWN).stream()
            .map(Method::getName).sorted().toList();
        return names.indexOf(method.getName());
    }
}
