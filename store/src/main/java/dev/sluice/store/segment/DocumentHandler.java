// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

/** A callback for documents in stored order. */
@FunctionalInterface
public interface DocumentHandler {
    /**
     * Takes one document. If this throws, the reading ends and its caller gets the exception.
     *
     * @param document was compared with its checksum; valid only during the call
     */
    void onDocument(DocumentView document);
}
