// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What a trace's documents are: their layout in the file, their kinds, and what each kind says (about the trace, a
 * target, a thread, a loss, a stall, an end), with the codec of each. Nothing here opens a file. Start at
 * {@link dev.sluice.store.format.DocumentDescriptor} and {@link dev.sluice.store.format.DocumentKind}.
 */
package dev.sluice.store.format;
