// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.os;

/** The system has refused a call on a file. The message names the call and the system's text for the failure. */
public final class FileCallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;

    FileCallException(final String call, final int errno, final String text) {
        super(call + " failed: " + text + " (errno " + errno + ")");
        this.call = call;
        this.errno = errno;
    }

    /** The call. */
    public String call() {
        return call;
    }

    /** Its errno. */
    public int errno() {
        return errno;
    }
}
