// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests of which each is run on one JDK of {@code ./sluice test}, and not on every one: each invocation of a test that
 * has several, else each method. Which JDK it is changes with the run. A test that is run by itself, and the long
 * profile, run all of them.
 * <p>
 * The rule (docs/decisions/0171): a test is run on every JDK if what it tests may do something else on another
 * one. That is what touches rings and their memory, stubs and calls of native code by FFM and JNI, classes that are
 * generated, threads and their carriers, clocks, what the just-in-time compiler makes of the hot path, what a program
 * loads when it starts under a container's rules, flags that a JVM is started with, and whether it takes its classes
 * from an archive. Everything else is given to one JDK: what is read from stored traces and printed, BPF programs and
 * what the kernel does, faults that are seeded into files, documents, packages and pages, and the launcher's own script
 * where a JVM is interrupted for it, or is another script. Of a class with this annotation each JDK runs about half,
 * apart from what has {@link EveryJdk}, so that each JDK still sees something of each class.
 * <p>
 * "sluice test" fails if a test was left to another JDK by every one: {@link OutcomeListener} writes down what was run.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(OneJdkCondition.class)
public @interface OneJdk {
    /** Of a class: whether all its tests run on the same JDK, because what is made before the first of them is dear. */
    boolean together() default false;
}
