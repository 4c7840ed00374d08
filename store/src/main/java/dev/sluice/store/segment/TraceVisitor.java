// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

/** Is told of the documents of a trace, in stored order, over all its segments. */
@FunctionalInterface
public interface TraceVisitor {
    /** Takes a document whose head is sound and whose number is set. */
    void visit(DocumentView document, int segment);

    /** Takes a place as {@link SegmentWalk.Visitor#damaged} does. */
    default void damaged(final long offset, final DocumentView document, final int segment, final String problem) {
    }
}
