// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Completing an interrupted trace with what the rings of a target, alive or dead, still hold (invariant R8). Start at
 * {@link dev.sluice.consumer.salvage.TraceSalvage} for a whole trace; {@link dev.sluice.consumer.salvage.Salvager}
 * reads the rings themselves; a recording whose target has died uses it too.
 */
package dev.sluice.consumer.salvage;
