// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * {@code sluice replay}: the events of a trace once more, at their own pace. Start at
 * {@link dev.sluice.cli.replay.ReplayCommand}.
 */
package dev.sluice.cli.replay;
