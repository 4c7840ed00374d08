// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Packing the records of single traps into packets, thread by thread, as if each thread had a ring. Start at {@link
 * dev.sluice.consumer.trap.TrapStreams}.
 */
package dev.sluice.consumer.trap;
