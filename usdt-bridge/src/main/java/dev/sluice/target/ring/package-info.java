// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The rings of this target's threads: who owns which, how a thread gets one, and how they are drained and freed.
 * <p>
 * Start at {@link dev.sluice.target.ring.Rings}. {@link dev.sluice.target.ring.ThreadRings} is the look-up of every
 * fire; {@link dev.sluice.target.ring.OwnerControl} answers what an owner asks once per chunk.
 */
package dev.sluice.target.ring;
