// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The two shared files of a target, and the memory that its rings may have.
 * <p>
 * Start at {@link dev.sluice.target.memory.TargetMemory}, which makes and maps both files.
 * {@link dev.sluice.target.memory.RingMemory} manages the pages of one ring;
 * {@link dev.sluice.target.memory.MemoryBudget} says how much memory all rings may have together.
 */
package dev.sluice.target.memory;
