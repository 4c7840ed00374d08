// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

/** Is told of the documents of a trace, in stored order, over all its segments. */
@FunctionalInterface
public interface TraceVisitor {
    /** A document whose head is sound and whose number is set. */
    void visit(DocumentView document, int segment);

    /** As {@link SegmentWalk.Visitor#damaged}. */
    default void damaged(final long offset, final DocumentView document, final int segment, final String problem) {
    }
}
