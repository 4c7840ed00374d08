// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Loads and stores outside the Java heap, each named by its memory ordering, and what is put there: words with the
 * epoch of their session, and texts. Start at {@link dev.sluice.ring.memory.Memory}; files are mapped by
 * {@link dev.sluice.ring.memory.MappedFile}.
 */
package dev.sluice.ring.memory;
