// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.memory;

import dev.sluice.os.OwnedDescriptor;
import java.io.Closeable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A descriptor that is closed only when no thread is in a call with its number. The kernel gives the number of a closed
 * descriptor to the next file that is opened, which may be a file of the application: a call with the old number would
 * change that file. Any thread; no thread waits for another.
 */
final class CountedDescriptor {
    /** Added to the number of users when the descriptor is to be closed. */
    private static final int CLOSING = Integer.MIN_VALUE;

    private final int fd;
    private final Closeable owner;
    private final AtomicInteger users = new AtomicInteger();

    /** Takes a descriptor over. */
    CountedDescriptor(final int fd) {
        this.fd = fd;
        owner = OwnedDescriptor.of(fd);
    }

    /**
     * The descriptor's number, for calls between {@link #enter} and {@link #leave}, and for other processes that look
     * it up.
     */
    int number() {
        return fd;
    }

    /** Begins a use; false if the descriptor is closed: then the number may belong to another file. */
    boolean enter() {
        int known;
        do {
            known = users.get();
            if (known < 0) {
                return false;
            }
        } while (!users.compareAndSet(known, known + 1));
        return true;
    }

    /** Ends a use that was begun. The last one closes the descriptor, if that is due. */
    void leave() {
        if (users.decrementAndGet() == CLOSING) {
            OwnedDescriptor.close(owner);
        }
    }

    /** Closes the descriptor as soon as nobody uses it. Idempotent. */
    void close() {
        int known;
        do {
            known = users.get();
            if (known < 0) {
                return;
            }
        } while (!users.compareAndSet(known, known + CLOSING));
        if (known == 0) {
            OwnedDescriptor.close(owner);
        }
    }
}
