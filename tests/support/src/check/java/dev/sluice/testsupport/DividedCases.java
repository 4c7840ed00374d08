// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests for {@link OneJdkTest} to run. Surefire leaves them alone: no name of theirs is one of a test. */
final class DividedCases {
    private DividedCases() {
    }

    @OneJdk
    static class Divided {
        @Test
        void first() {
        }

        @Test
        void second() {
        }

        @Test
        void third() {
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3, 4})
        void repeats(final int number) {
        }

        @Test
        @EveryJdk
        void everywhere() {
        }
    }

    @OneJdk(together = true)
    @Tag("kernel")
    static class Together {
        @Test
        void first() {
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        void repeats(final int number) {
        }
    }

    static class ByMethod {
        @Test
        @OneJdk
        void divided() {
        }

        @Test
        void whole() {
        }
    }
}
