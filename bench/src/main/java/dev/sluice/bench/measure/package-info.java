// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What every benchmark needs: JVMs that measure, JVMs that are recorded meanwhile, and medians with their intervals.
 * Start at {@link dev.sluice.bench.measure.RecordedJvm}.
 */
package dev.sluice.bench.measure;
