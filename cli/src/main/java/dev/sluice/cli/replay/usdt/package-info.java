// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Events fired again as USDT probes of this process, by threads that stand for those of the trace. Start at
 * {@link dev.sluice.cli.replay.usdt.UsdtSink}.
 */
package dev.sluice.cli.replay.usdt;
