// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import dev.sluice.os.Processor;
import java.util.List;
import java.util.Optional;

/**
 * What an object needs that differs between processors: the ELF machine number, machine code, and how a note names an
 * argument.
 */
interface Architecture {
    /** The processor this JVM runs on; empty if there is no machine code for it here. */
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

    /** The byte that fills gaps in code. As an instruction it must fail. */
    int filler();

    /** A probe's code: first the site's bytes, then a return. */
    byte[] stub(ProbeSite site);

    /**
     * An argument as a note describes it, at a site that a C call with 64-bit arguments has reached.
     *
     * @param index from 0 to 11
     * @param type  the argument's width and sign
     */
    String argument(int index, ArgumentType type);

    /** Code that calls its first argument with the remaining ones, up to six. */
    byte[] trampoline();

    /** Code that calls its first argument with the remaining twelve. */
    byte[] wideTrampoline();

    /**
     * Code like {@link #trampoline}, for a static native method of Java, whose arguments come after two arguments of
     * the JVM.
     */
    byte[] nativeMethod();

    /** Code like {@link #wideTrampoline}, for a static native method. */
    byte[] wideNativeMethod();

    /** Code that returns the processor's time stamp counter, whatever its arguments. */
    byte[] readCounter();

    /** Code that returns the address of its own last instruction, a return, whatever its arguments. */
    byte[] ownReturn();

    /** Code like {@link #readCounter}, but the counter is read after all loads that come before the call. */
    byte[] readCounterInOrder();

    /** Flags of /proc/cpuinfo without which the counter may change its rate or stop. */
    List<String> counterFlags();

    /** Clock sources of the kernel that are this counter, or that follow it along a straight line. */
    List<String> counterSources();
}
