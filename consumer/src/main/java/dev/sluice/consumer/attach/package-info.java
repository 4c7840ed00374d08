// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Finding a target and mapping what it shares: its process, the descriptors of its control file and its region, and
 * views of both. Everything that a target shares is treated as hostile: its type, seals and size are checked before
 * it is mapped, and every offset, length and number is bounded before it is used. Start at {@link
 * dev.sluice.consumer.attach.TargetFinder} and {@link dev.sluice.consumer.attach.Target}.
 */
package dev.sluice.consumer.attach;
