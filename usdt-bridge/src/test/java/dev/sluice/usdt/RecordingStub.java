// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import dev.sluice.os.NativeCalls;
import dev.sluice.usdt.elf.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Code in the place of a probe's stub, which counts its calls and stores the arguments of the last one. Calls by many
 * threads are all counted; which arguments stay then is open. Keep it reachable for as long as its code may be called.
 */
public final class RecordingStub {
    private static final int COUNT_OFFSET = StubProbe.MAX_ARGUMENTS * Long.BYTES;

    private final ByteBuffer seen =
        ByteBuffer.allocateDirect(COUNT_OFFSET + Long.BYTES).order(ByteOrder.nativeOrder());
    private final long address;

    /** Stores so many arguments: six, which are in registers, or more, of which the rest lies on the stack. */
    public RecordingStub(final int arguments) {
        final NativeCalls calls = NativeCalls.get();
        final StubObject object = StubObject.ofFunctions(new X86Architecture(),
            List.of(new StubObject.Function("record", code(calls.addressOf(seen), arguments))));
        address = StubLoader.loadObject(calls, "recorder", object, StubBacking.FILE).address() + object.codeOffset(0);
    }

    private static byte[] code(final long buffer, final int arguments) {
        final Bytes code = Bytes.of(0x48, 0xB8).u64(buffer);                  // mov $buffer,%rax
        code.u32(0x40FF48F0).u8(COUNT_OFFSET);                                // lock incq COUNT_OFFSET(%rax)
        final int[][] stores = {{0x48, 0x78}, {0x48, 0x70}, {0x48, 0x50}, {0x48, 0x48}, {0x4C, 0x40}, {0x4C, 0x48}};
        for (int i = 0; i < 6; i++) {
            code.u8(stores[i][0]).u8(0x89).u8(stores[i][1]).u8(8 * i);        // mov %reg,8*i(%rax)
        }
        for (int i = 6; i < arguments; i++) {
            code.u32(0x24548B48).u8(8 * (i - 5));                             // mov 8*(i-5)(%rsp),%rdx
            code.u8(0x48).u8(0x89).u8(0x50).u8(8 * i);                        // mov %rdx,8*i(%rax)
        }
        return code.u8(0xC3).toArray();
    }

    /** Where its code is. */
    public long address() {
        return address;
    }

    /** Calls since it was made. */
    public long calls() {
        return seen.getLong(COUNT_OFFSET);
    }

    /** An argument of the last call, as the 64 bits of its register. */
    public long argument(final int index) {
        return seen.getLong(Long.BYTES * index);
    }

    /** Forgets the arguments; the count stays. */
    public void forgetArguments() {
        for (int i = 0; i < StubProbe.MAX_ARGUMENTS; i++) {
            seen.putLong(Long.BYTES * i, 0);
        }
    }
}
