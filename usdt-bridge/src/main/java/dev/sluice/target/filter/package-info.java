// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Code for conditions that a session has asked for: which events a tracepoint fires, decided before the clock is read
 * and before anything is written. Start at {@link dev.sluice.target.filter.FilterPoint}, which the control thread knows
 * of a tracepoint, and at {@link dev.sluice.target.filter.FilterClass}, which makes the code.
 */
package dev.sluice.target.filter;
