// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

/**
 * The environment refused something: names the call, the system's own text for the failure, and what to do about it.
 */
public final class NativeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;
    private final String remedy;

    /**
     * A failed call.
     *
     * @param call   the call as a reader would write it, with the arguments that matter
     * @param errno  its errno, or 0 where the call has none
     * @param text   the system's text for the failure
     * @param remedy what the reader can do about it; may be empty
     */
    public NativeException(final String call, final int errno, final String text, final String remedy) {
        super(call + " failed: " + text + (errno == 0 ? "" : " (errno " + errno + ")")
            + (remedy.isEmpty() ? "" : "; " + remedy));
        this.call = call;
        this.errno = errno;
        this.remedy = remedy;
    }

    /** The call that failed. */
    public String call() {
        return call;
    }

    /** The errno of the failed call, or 0 if the call has none. */
    public int errno() {
        return errno;
    }

    /** What can be done about it; empty when there is nothing to say. */
    public String remedy() {
        return remedy;
    }
}
