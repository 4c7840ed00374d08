// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A test against the real kernel's BPF: skipped, with the reason, only where the machine lacks it. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("kernel")
@ExtendWith(KernelTest.Condition.class)
public @interface KernelTest {

    /** Probes the kernel once. */
    final class Condition implements ExecutionCondition {

        public static final KernelFeatures FEATURES = KernelFeatures.probe();

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(final ExtensionContext context) {
            if (FEATURES.canDrain()) {
                return ConditionEvaluationResult.enabled("BPF works here");
            }
            System.out.println("skipped: " + context.getDisplayName() + ": " + FEATURES.cannotDrainReason());
            return ConditionEvaluationResult.disabled(FEATURES.cannotDrainReason());
        }
    }
}
