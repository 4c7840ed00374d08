// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

/**
 * A program attached to a probe site, or to several of one file. Closing detaches, lowers the sites' semaphores, and
 * may wait for the kernel (tens of milliseconds); it is idempotent and may happen on any thread.
 */
public final class BpfLink implements AutoCloseable {

    private final String description;
    private final boolean isDescriptor;
    private final long handle;
    private boolean isAttached = true;

    private BpfLink(final String description, final boolean isDescriptor, final long handle) {
        this.description = description;
        this.isDescriptor = isDescriptor;
        this.handle = handle;
    }

    /** A link of libbpf's. */
    static BpfLink ofHandle(final String description, final long handle) {
        return new BpfLink(description, false, handle);
    }

    /** A link of the kernel's, of which this is the only descriptor. */
    static BpfLink ofDescriptor(final String description, final int fd) {
        return new BpfLink(description, true, fd);
    }

    /** What is attached to what, for messages. */
    public String description() {
        return description;
    }

    /** True until closed. */
    public synchronized boolean isAttached() {
        return isAttached;
    }

    @Override
    public synchronized void close() {
        if (!isAttached) {
            return;
        }
        isAttached = false;
        if (isDescriptor) {
            Libc.close((int) handle);
            return;
        }
        final int result = LibBpfNative.bpf_link__destroy(handle);
        if (result < 0) {
            throw new BpfException("bpf_link__destroy(" + description + ")", -result, "");
        }
    }

    @Override
    public String toString() {
        return description;
    }
}
