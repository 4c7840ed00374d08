// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * One turn of one way to report events, in processes of its own, and rounds of turns that are kept. Start at
 * {@link dev.sluice.bench.turn.Contestant}.
 */
package dev.sluice.bench.turn;
