// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What a program's tracing does now: {@code sluice stat} as lines, {@code sluice top} as a page of a terminal. Start at
 * {@link dev.sluice.cli.live.LiveRates}, which both show.
 */
package dev.sluice.cli.live;
