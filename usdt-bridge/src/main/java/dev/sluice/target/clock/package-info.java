// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The clocks that stamp events, and how it is found out whether the processor's counter is fit to be one.
 * <p>
 * Start at {@link dev.sluice.target.clock.Clocks}, which chooses. {@link dev.sluice.target.clock.CounterTrial} measures
 * the counter at the start, and {@link dev.sluice.target.clock.ClockWatch} watches it as long as the target lives.
 */
package dev.sluice.target.clock;
