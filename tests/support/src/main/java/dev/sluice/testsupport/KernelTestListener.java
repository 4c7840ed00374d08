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
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.TestTag;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes down which tests tagged {@code kernel} ran: one line for each invocation, {@code ran|skipped|failed
 * class#method}, with the reason behind it unless it ran. A container that was skipped, or whose set-up was aborted or
 * failed, causes a line for each test in it. JUnit finds the listener on the class path of every module's tests; the
 * file is {@code kernel-tests.txt} in the module's build directory, and a run without Maven writes nothing.
 * <p>
 * Lines are appended as tests end, so that a JVM that dies leaves those before.
 */
public final class KernelTestListener implements TestExecutionListener {
    private static final int MAX_LINE = 300;
    private static final TestTag KERNEL = TestTag.create("kernel");

    private final Path file;
    private TestPlan plan;

    /** Called by JUnit. */
    public KernelTestListener() {
        this(outputOf(System.getProperty("basedir")));
    }

    /**
     * A listener that writes elsewhere.
     *
     * @param file appended to, created by the first line; null for none
     */
    KernelTestListener(final Path file) {
        this.file = file;
    }

    private static Path outputOf(final String moduleDirectory) {
        if (moduleDirectory == null) {
            return null;
        }
        final Path target = Path.of(moduleDirectory, "target");
        return Files.isDirectory(target) ? target.resolve("kernel-tests.txt") : null;
    }

    @Override
    public void testPlanExecutionStarted(final TestPlan started) {
        plan = started;
    }

    @Override
    public void executionSkipped(final TestIdentifier test, final String reason) {
        writeAll(test, "skipped", reason);
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
        final Optional<String> name = test.getSource().flatMap(KernelTestListener::nameOf);
        if (file == null || name.isEmpty() || !test.getTags().contains(KERNEL)) {
            return;
        }
        final String text = (outcome + " " + name.get() + " " + reason).strip().replaceAll("\\s+", " ");
        final String line = (text.length() <= MAX_LINE ? text : text.substring(0, MAX_LINE) + "…") + "\n";
        try {
            Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot append to " + file, e);
        }
    }

    private static Optional<String> nameOf(final TestSource source) {
        if (source instanceof MethodSource method) {
            return Optional.of(method.getClassName() + "#" + method.getMethodName());
        }
        return Optional.empty();
    }
}
