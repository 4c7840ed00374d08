// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The user that this process runs as. The C library's functions are used because they change all threads; the kernel's
 * system calls change only the calling thread. Stateless: any thread.
 */
public final class Users {
    private Users() {
    }

    /**
     * Makes a user and group the real, effective and saved ones of every thread, with no other group.
     *
     * @throws NativeException at the first call that fails; the calls before it have taken effect
     */
    public static void become(final int uid, final int gid) {
        final NativeCalls calls = NativeCalls.get();
        final ByteBuffer groups =
            ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, gid);
        calls.checked(calls.setgroups(1, calls.addressOf(groups)), "setgroups(" + gid + ")", "");
        Reference.reachabilityFence(groups);
        calls.checked(calls.setresgid(gid), "setresgid(" + gid + ")", "");
        calls.checked(calls.setresuid(uid), "setresuid(" + uid + ")", "");
    }
}
