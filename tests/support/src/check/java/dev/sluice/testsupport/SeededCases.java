// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests for {@link SeedTest} to run. Surefire leaves them alone: no name of theirs is one of a test. */
final class SeededCases {
    private SeededCases() {
    }

    static class OfEachTest {
        private final TestNumber number = new TestNumber();

        @BeforeEach
        void draw() {
            Seed.use("a test", number.next());
        }

        @Test
        void fails() {
            fail("of its own");
        }

        @Test
        void throwsAnother() {
            throw new IllegalStateException("of the product");
        }

        @Test
        void isAborted() {
            Assumptions.abort("no BPF");
        }
    }

    static class OfAll {
        @BeforeAll
        static void draw() {
            Seed.use("a class", 7);
        }

        @Test
        void fails() {
            Seed.use("a test", 8);
            fail("of both");
        }

        @Test
        void failsAsWell() {
            fail("of the class");
        }
    }

    static class WithoutSeed {
        @Test
        void fails() {
            fail("no luck in it");
        }
    }

    /** Numbers that no two tests have in common. */
    private static final class TestNumber {
        private static long last = 100;

        long next() {
            return ++last;
        }
    }
}
