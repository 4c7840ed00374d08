// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

/**
 * A trace cannot be written or read. The message names the call or the document, the cause, and the remedy.
 */
public final class TraceStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With a message that needs no cause. */
    public TraceStoreException(final String message) {
        super(message);
    }

    /** With the failure underneath. */
    public TraceStoreException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
