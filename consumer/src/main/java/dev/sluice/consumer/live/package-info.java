// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What a target's rings do while others fire into them and drain them: looked at through the files that the target
 * shares, without a session and without a store to them. Start at {@link dev.sluice.consumer.live.TargetGauge}.
 */
package dev.sluice.consumer.live;
