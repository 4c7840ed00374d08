// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Help for tests of all modules. Start at {@link dev.sluice.testsupport.ChildProgram}, which starts another process and
 * waits for it; {@link dev.sluice.testsupport.OneJdk} says which tests run on one JDK only,
 * {@link dev.sluice.testsupport.OutcomeListener} notes what ran, and {@link dev.sluice.testsupport.Seed} is what random
 * tests begin with.
 */
package dev.sluice.testsupport;
