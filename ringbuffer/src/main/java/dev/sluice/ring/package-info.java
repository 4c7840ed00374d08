// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Writing events into a ring, by the one thread that owns it. Start at {@link dev.sluice.ring.RingProducer}, which
 * asks {@link dev.sluice.ring.RingControl} what to do when a chunk is full, and {@link dev.sluice.ring.RingPages} for
 * memory. What is written is read again by {@code RingDrainer} in the package {@code ring.drain}; docs/invariants.md
 * has the rules R1 to R11 for both.
 */
package dev.sluice.ring;
