// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import dev.sluice.os.Processor;
import java.util.List;
import java.util.Optional;

/** What differs between processors in an object: its number, machine code, how a note names an argument. */
interface Architecture {
    /** The processor this JVM runs on; empty when its machine code is not known here. */
    static Optional<Architecture> current() {
        return Processor.current().map(processor -> switch (processor) {
            case X86_64 -> new X86Architecture();
            case AARCH64 -> new Aarch64Architecture();
        });
    }

    /** The ELF machine number. */
    int machine();

    /** The largest page size in use, in bytes: segments are aligned to it. */
    int pageSize();

    /** The value that fills gaps in code: it must not run. */
    int filler();

    /** A probe's code: the site's bytes, first, and a return. */
    byte[] stub(ProbeSite site);

    /**
     * An argument in a note's words, as it stands at a site that was reached by a C call with 64-bit arguments.
     *
     * @param index from 0 to 11
     * @param type  its width and sign
     */
    String argument(int index, ArgumentType type);

    /** Code that calls its first argument with the remaining ones, up to six. */
    byte[] trampoline();

    /** Code that calls its first argument with the remaining twelve. */
    byte[] wideTrampoline();

    /**
     * The same as {@link #trampoline} for a static native method of Java, whose arguments come behind two of the
     * JVM's.
     */
    byte[] nativeMethod();

    /** The same as {@link #wideTrampoline} for a static native method. */
    byte[] wideNativeMethod();

    /** Code that returns the processor's time stamp counter, whatever its arguments. */
    byte[] readCounter();

    /** The same, but the counter is read after all loads before the call. */
    byte[] readCounterInOrder();

    /** Flags of /proc/cpuinfo without which the counter may change its rate or stop. */
    List<String> counterFlags();

    /** Clock sources of the kernel that are this counter, or a straight line of it. */
    List<String> counterSources();
}
