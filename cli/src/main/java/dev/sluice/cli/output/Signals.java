// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import dev.sluice.usdt.NativeCalls;
import dev.sluice.usdt.NativeException;

/** Sends signals to processes: the program kill reads names of signals as the locale spells them. Any thread. */
public final class Signals {
    /** Stops a process. */
    public static final int STOP = 19;
    /** Lets it go on. */
    public static final int CONT = 18;

    private Signals() {
    }

    /**
     * Sends a signal.
     *
     * @throws NativeException if there is no such process, or it may not be sent
     */
    public static void send(final long pid, final int signal) {
        try {
            LibC.kill((int) pid, signal);
        } catch (final LastErrorException e) {
            throw new NativeException("kill(" + pid + ", " + signal + ")", e.getErrorCode(),
                NativeCalls.get().errorText(e.getErrorCode()), "");
        }
    }

    private static final class LibC {
        static {
            Native.register(LibC.class, (String) null);
        }

        private LibC() {
        }

        static native int kill(int pid, int signal) throws LastErrorException;
    }
}
