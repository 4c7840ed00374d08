// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The account of one ring: what was fired, stored, discarded, overwritten and lost, so that the numbers add up
 * exactly (invariant R7), also after either side has died. Start at {@link dev.sluice.consumer.account.RingLedger}.
 */
package dev.sluice.consumer.account;
