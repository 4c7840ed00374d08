// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Completing an interrupted trace with what the rings of a target, alive or dead, still hold (invariant R8). Start at
 * {@link dev.sluice.consumer.salvage.TraceSalvage}.
 */
package dev.sluice.consumer.salvage;
