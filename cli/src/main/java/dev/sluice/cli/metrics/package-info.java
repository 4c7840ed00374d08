// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What a recording has done so far, for Prometheus. Nothing else of the command uses its library. Start at
 * {@link dev.sluice.cli.metrics.MetricsEndpoint}.
 */
package dev.sluice.cli.metrics;
