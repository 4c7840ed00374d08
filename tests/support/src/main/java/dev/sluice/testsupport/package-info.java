// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Help for tests of all modules. Start at {@link dev.sluice.testsupport.ChildProgram}, which starts another process and
 * waits for it; {@link dev.sluice.testsupport.KernelTestListener} notes which tests of the kernel ran.
 */
package dev.sluice.testsupport;
