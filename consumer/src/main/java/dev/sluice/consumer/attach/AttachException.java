// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

/**
 * Thrown if a consumer cannot attach to a target. The message says what was tried, why it failed and what to do about
 * it.
 */
public final class AttachException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why attaching failed. */
    public enum Reason {
        /** No process has that id, or it has ended. */
        NO_SUCH_PROCESS,
        /** The process or its files may not be opened by this user. */
        PERMISSION,
        /** The process has no Sluice in it. */
        NO_SLUICE,
        /** The process uses another version of the shared layout. */
        LAYOUT,
        /** The shared files are not what a target makes. */
        DAMAGED,
        /** The process only holds what another process shares, as a consumer does. */
        NOT_ITS_OWN,
        /** A recording takes no more targets. */
        TOO_MANY,
        /** Another consumer holds the session. */
        BUSY,
        /** The target refused a command or did not answer. */
        REFUSED,
        /** Somebody wanted the attaching to end before it was done. */
        GIVEN_UP,
        /** The process has no such event or field, or none that can be measured. */
        NO_SUCH_FIELD,
        /** The kernel or a library refused something. */
        ENVIRONMENT
    }

    private final Reason reason;

    /** A failure with its reason. */
    public AttachException(final Reason reason, final String message) {
        this(reason, message, null);
    }

    /** A failure with its reason and cause. */
    public AttachException(final Reason reason, final String message, final Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** Why it failed. */
    public Reason reason() {
        return reason;
    }

    /** The error of attaching to a process that nobody wants any more. */
    public static AttachException givenUp(final long pid) {
        return new AttachException(Reason.GIVEN_UP, "ended before process " + pid + " could be attached to");
    }

    public static AttachException damaged(final String message) {
        return new AttachException(Reason.DAMAGED, message
            + "; the target's shared memory is not what Sluice makes: restart the target, report this if it repeats");
    }
}
