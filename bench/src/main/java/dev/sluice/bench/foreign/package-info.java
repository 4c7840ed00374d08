// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The same event reported by programs in C, and sessions of LTTng. Start at
 * {@link dev.sluice.bench.foreign.CProgram}.
 */
package dev.sluice.bench.foreign;
