// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Tracing of USDT probes of any process, those of Sluice or of other programs, with one trap for each hit and without
 * rings. Start at {@link dev.sluice.consumer.probe.ProbeTracer}.
 */
package dev.sluice.consumer.probe;
