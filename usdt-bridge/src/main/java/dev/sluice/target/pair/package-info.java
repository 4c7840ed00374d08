// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Events of pairs that a session wants only if they last long enough: each thread holds begins back until that is
 * known. Start at {@link dev.sluice.target.pair.HeldEvents}, which decides, and at
 * {@link dev.sluice.target.pair.HeldRole}, what a tracepoint is to pairs.
 */
package dev.sluice.target.pair;
