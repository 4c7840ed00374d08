// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Benchmarks: JMH classes that ask one question each. Start at {@link dev.sluice.bench.Main}, which runs them and
 * prints each figure beside the empty loop and the bare clock read of the same run.
 */
package dev.sluice.bench;
