// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * When each event of a replay is due: speed, pauses and steps, waiting, how late an event was, and what it is passed to
 * then. Start at {@link dev.sluice.cli.replay.pace.Pace}.
 */
package dev.sluice.cli.replay.pace;
