// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

/**
 * A program attached to a probe site. Closing detaches, lowers the site's semaphore, and may wait for the kernel (tens
 * of milliseconds); it is idempotent and may happen on any thread.
 */
public final class BpfLink implements AutoCloseable {

    private final String description;
    private long handle;

    BpfLink(final String description, final long handle) {
        this.description = description;
        this.handle = handle;
    }

    /** What is attached to what, for messages. */
    public String description() {
        return description;
    }

    /** True until closed. */
    public synchronized boolean isAttached() {
        return handle != 0;
    }

    @Override
    public synchronized void close() {
        final long link = handle;
        handle = 0;
        if (link != 0) {
            final int result = LibBpfNative.bpf_link__destroy(link);
            if (result < 0) {
                throw new BpfException("bpf_link__destroy(" + description + ")", -result, "");
            }
        }
    }

    @Override
    public String toString() {
        return description;
    }
}
