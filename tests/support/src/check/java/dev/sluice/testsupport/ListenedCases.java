// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests for {@link OutcomeListenerTest} to run. Surefire leaves them alone: no name of theirs is one of a test. */
final class ListenedCases {
    private ListenedCases() {
    }

    static class Mixed {
        @Test
        @Tag("kernel")
        void passes() {
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        @Tag("kernel")
        void repeats(final int number) {
        }

        @Test
        @Tag("kernel")
        void aborts() {
            Assumptions.assumeTrue(false, "no BPF");
        }

        @Test
        @Tag("kernel")
        @Disabled("off")
        void isOff() {
        }

        @Test
        @Tag("kernel")
        void fails() {
            throw new IllegalStateException("two\nlines");
        }

        @Test
        void isNotTagged() {
        }
    }

    @Tag("kernel")
    static class AbortedClass {
        @BeforeAll
        static void abort() {
            Assumptions.assumeTrue(false, "no root");
        }

        @Test
        void one() {
        }

        @Test
        void two() {
        }
    }

    static class Untagged {
        @Test
        void passes() {
        }
    }
}
