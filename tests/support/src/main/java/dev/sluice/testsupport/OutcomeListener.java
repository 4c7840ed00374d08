// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestTag;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes down what became of each test: one line for each invocation, {@code ran|skipped|failed|left kernel|other
 * class#method}, with {@code #N} for the Nth invocation of one that has several, and the reason behind it unless it
 * ran. A test is {@code left} if it is another JDK's turn to run it ({@link OneJdk}), and {@code kernel} if it has that
 * tag. A container that was skipped, or whose set-up was aborted or failed, causes a line for each test in it. JUnit
 * finds the listener on the class path of every module's tests; the file is {@code tests.txt} in the module's build
 * directory, and a run without Maven writes nothing.
 * <p>
 * Lines are appended as tests end, so that a JVM that dies leaves those before.
 */
public final class OutcomeListener implements TestExecutionListener {
    private static final int MAX_LINE = 300;
    private static final TestTag KERNEL = TestTag.create("kernel");

    private final Path file;
    private TestPlan plan;

    /** Called by JUnit. */
    public OutcomeListener() {
        this(outputOf(System.getProperty("basedir")));
    }

    /**
     * A listener that writes elsewhere.
     *
     * @param file appended to, created by the first line; null for none
     */
    OutcomeListener(final Path file) {
        this.file = file;
    }

    private static Path outputOf(final String moduleDirectory) {
        if (moduleDirectory == null) {
            return null;
        }
        final Path target = Path.of(moduleDirectory, "target");
        return Files.isDirectory(target) ? target.resolve("tests.txt") : null;
    }

    @Override
    public void testPlanExecutionStarted(final TestPlan started) {
        plan = started;
    }

    @Override
    public void executionSkipped(final TestIdentifier test, final String reason) {
        writeAll(test, reason.startsWith(OneJdkCondition.LEFT) ? "left" : "skipped", reason);
    }

    @Override
    public void executionFinished(final TestIdentifier test, final TestExecutionResult result) {
        final String reason = result.getThrowable().map(Throwable::toString).orElse("");
        switch (result.getStatus()) {
            case SUCCESSFUL -> {
                if (test.isTest()) {
                    write(test, "ran", "");
                }
            }
            case ABORTED -> writeAll(test, "skipped", reason);
            case FAILED -> writeAll(test, "failed", reason);
            default -> throw new IllegalStateException("status=" + result.getStatus());
        }
    }

    private void writeAll(final TestIdentifier test, final String outcome, final String reason) {
        write(test, outcome, reason);
        plan.getDescendants(test).forEach(descendant -> write(descendant, outcome, reason));
    }

    /** A template's own source is its method too, so that one that is skipped before its first invocation is named. */
    private void write(final TestIdentifier test, final String outcome, final String reason) {
        final Optional<String> name = nameOf(test);
        if (file == null || name.isEmpty()) {
            return;
        }
        final String kind = test.getTags().contains(KERNEL) ? "kernel" : "other";
        final String text = String.join(" ", outcome, kind, name.get(), reason).strip().replaceAll("\\s+", " ");
        final String line = (text.length() <= MAX_LINE ? text : text.substring(0, MAX_LINE) + "…") + "\n";
        try {
            Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot append to " + file, e);
        }
    }

    private static Optional<String> nameOf(final TestIdentifier test) {
        return test.getSource().filter(MethodSource.class::isInstance).map(MethodSource.class::cast).map(method -> {
            final UniqueId.Segment last = test.getUniqueIdObject().getLastSegment();
            return method.getClassName() + "#" + method.getMethodName()
                + (last.getValue().matches("#\\d+") ? last.getValue() : "");
        });
    }
}
