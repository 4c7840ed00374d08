// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Probes of any process, ours or anybody's, traced one trap a hit, with no ring. Start at
 * {@link dev.sluice.consumer.probe.ProbeTracer}.
 */
package dev.sluice.consumer.probe;
