// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The clock that events take their ticks from, and the readings that turn ticks into wall time. Start at
 * {@link dev.sluice.ring.clock.Clock}; a reading is a {@link dev.sluice.ring.clock.ClockTriple}.
 */
package dev.sluice.ring.clock;
