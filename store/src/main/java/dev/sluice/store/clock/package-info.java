// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Converts a target's ticks to times: clock readings, the lines through them, and the places where clocks broke or were
 * set. Start at {@link dev.sluice.store.clock.TargetClock}.
 */
package dev.sluice.store.clock;
