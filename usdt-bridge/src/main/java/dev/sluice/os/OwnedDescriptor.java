// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import dev.sluice.os.jvm.Leftovers;
import dev.sluice.os.jvm.Outliving;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Descriptors that their owner closes, or that are closed when this copy of the library has been unloaded. Stateless:
 * any thread.
 */
public final class OwnedDescriptor {
    private OwnedDescriptor() {
    }

    /**
     * A descriptor as an object that {@link #close} closes. The object's class is not one of the library, so it keeps
     * none of the library's classes alive.
     */
    public static Closeable of(final int fd) {
        final FileDescriptor descriptor = Outliving.fileDescriptor(fd);
        if (descriptor == null) {
            final AtomicBoolean isClosed = new AtomicBoolean();
            return () -> {
                if (isClosed.compareAndSet(false, true)) {
                    NativeCalls.get().close(fd);
                }
            };
        }
        final Closeable owned = new FileInputStream(descriptor);
        Leftovers.closeWhenGone(owned);
        return owned;
    }

    /** Closes it by now. */
    public static void close(final Closeable descriptor) {
        Leftovers.close(descriptor);
    }
}
