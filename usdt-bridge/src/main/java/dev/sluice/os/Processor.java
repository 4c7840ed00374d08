// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.util.Optional;

/** The processors that the library supports, and the numbers of system calls and flags on each. */
public enum Processor {
    /** x86-64. */
    X86_64(0x20000) {
        @Override
        int number(final SystemCall call) {
            return call.x86Number();
        }
    },
    /** 64-bit ARM. */
    AARCH64(0x8000) {
        @Override
        int number(final SystemCall call) {
            return call.aarch64Number();
        }
    };

    private final int noFollow;

    Processor(final int noFollow) {
        this.noFollow = noFollow;
    }

    /** The processor this JVM runs on; empty if the library does not support it. */
    public static Optional<Processor> current() {
        return switch (System.getProperty("os.arch", "")) {
            case "amd64", "x86_64" -> Optional.of(X86_64);
            case "aarch64" -> Optional.of(AARCH64);
            default -> Optional.empty();
        };
    }

    /** The number of a system call. */
    abstract int number(SystemCall call);

    /** Flag of open: fail if the path's last part is a link. */
    int noFollow() {
        return noFollow;
    }
}
