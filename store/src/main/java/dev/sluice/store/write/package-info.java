// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Writing a trace: a directory that is held open, its space reserved ahead, documents appended through a Chronicle
 * Queue. Start at {@link dev.sluice.store.write.TraceWriter}, which says what is written; {@link
 * dev.sluice.store.write.Segment} has the queue.
 */
package dev.sluice.store.write;
