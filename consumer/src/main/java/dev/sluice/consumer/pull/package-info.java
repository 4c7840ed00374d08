// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A ring as a consumer sees it that has the kernel copy what it wants to see. Start at {@link
 * dev.sluice.consumer.pull.RingImage}.
 */
package dev.sluice.consumer.pull;
