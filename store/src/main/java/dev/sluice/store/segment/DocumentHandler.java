// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

/** Callback for documents in stored order. */
@FunctionalInterface
public interface DocumentHandler {
    /**
     * Takes one document. An exception ends the reading and reaches its caller.
     *
     * @param document checked against its checksum; valid during the call only
     */
    void onDocument(DocumentView document);
}
