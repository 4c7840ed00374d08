// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;

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

    /** Makes an object for a link of the kernel, whose only descriptor is given. */
    static BpfLink ofDescriptor(final String description, final int fd) {
        return new BpfLink(description, true, fd);
    }

    /** Which program is attached to which site, for messages. */
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
            closeDescriptor();
            return;
        }
        final int result = LibBpfNative.bpf_link__destroy(handle);
        if (result < 0) {
            throw new BpfException("bpf_link__destroy(" + description + ")", -result, "");
        }
    }

    private void closeDescriptor() {
        try {
            NativeCalls.get().close((int) handle);
        } catch (final NativeException e) {
            throw new BpfException("close(" + description + ")", e.errno(), "");
        }
    }

    @Override
    public String toString() {
        return description;
    }
}
