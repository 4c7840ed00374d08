// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import java.util.List;
import java.util.Optional;

/** Everything that differs between processors: numbers, machine code and the way a note names an argument. */
interface Architecture {
    /** The processor this JVM runs on; empty when its machine code is not known here. */
    static Optional<Architecture> current() {
        final String name = System.getProperty("os.arch", "");
        if ("amd64".equals(name) || "x86_64".equals(name)) {
            return Optional.of(new X86Architecture());
        }
        return "aarch64".equals(name) ? Optional.of(new Aarch64Architecture()) : Optional.empty();
    }

    /** The ELF machine number. */
    int machine();

    /** The largest page size in use, in bytes: segments are aligned to it. */
    int pageSize();

    /** The value that fills gaps in code: it must not run. */
    int filler();

    /** The number of a system call. */
    int systemCall(SystemCall call);

    /** Flag of open: fail if the path's last part is a link. */
    int noFollow();

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
