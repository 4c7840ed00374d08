// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.libbpf.BpfRingBuffer;
import java.util.concurrent.TimeUnit;

/**
 * Words for a person about a BPF program that does not come to its end. The sources that have BPF programs use them.
 */
final class KernelWarnings {
    static final String NOT_DETACHED = "the kernel has not detached the program within 10 s, as a process withholds a"
        + " page that a sleepable program waits for: it goes on trying until that process ends";
    static final String STUCK = "a record in the BPF ring buffer was begun and not completed for "
        + TimeUnit.NANOSECONDS.toSeconds(BpfRingBuffer.STUCK_NS) + " s: nothing behind it could be received, so the"
        + " recording was ended (docs/kernels.md)";

    private KernelWarnings() {
    }
}
