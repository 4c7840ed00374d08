// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;

/** Begins the message of each failure with the seeds that its test has drawn. JUnit finds it, as its listener. */
public final class SeedExtension implements BeforeAllCallback, TestInstancePreConstructCallback,
    TestExecutionExceptionHandler, LifecycleMethodExecutionExceptionHandler {
    @Override
    public void beforeAll(final ExtensionContext context) {
        Seed.beginClass();
    }

    @Override
    public void preConstructTestInstance(final TestInstanceFactoryContext factory, final ExtensionContext context) {
        Seed.beginTest();
    }

    @Override
    public void handleTestExecutionException(final ExtensionContext context, final Throwable failure)
        throws Throwable {
        throw Seed.named(failure);
    }

    @Override
    public void handleBeforeAllMethodExecutionException(final ExtensionContext context, final Throwable failure)
        throws Throwable {
        throw Seed.named(failure);
    }

    @Override
    public void handleBeforeEachMethodExecutionException(final ExtensionContext context, final Throwable failure)
        throws Throwable {
        throw Seed.named(failure);
    }

    @Override
    public void handleAfterEachMethodExecutionException(final ExtensionContext context, final Throwable failure)
        throws Throwable {
        throw Seed.named(failure);
    }

    @Override
    public void handleAfterAllMethodExecutionException(final ExtensionContext context, final Throwable failure)
        throws Throwable {
        throw Seed.named(failure);
    }
}
