// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Drains a ring: chooses the next batch and passes it on exactly once, whoever else wants to drain and whoever dies.
 * Start at {@link dev.sluice.ring.drain.RingDrainer}; {@link dev.sluice.ring.drain.BatchSelector} finds the batch.
 */
package dev.sluice.ring.drain;
