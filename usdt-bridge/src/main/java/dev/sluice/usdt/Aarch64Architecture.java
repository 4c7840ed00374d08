// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import dev.sluice.usdt.elf.Bytes;
import java.util.List;

/** 64-bit ARM, AAPCS64 calling convention. */
final class Aarch64Architecture implements Architecture {
    private static final int EM_AARCH64 = 183;
    private static final int REGISTER_ARGUMENTS = 8;
    private static final int NOP = 0xD503201F;
    private static final int RET = 0xD65F03C0;
    private static final int LDR_SP = 0xF94003E0;
    private static final int X16 = 16;
    private static final int X17 = 17;
    /** Bytes of the wide trampoline's frame: four stack arguments, then x29 and x30. */
    private static final int FRAME = 48;

    @Override
    public int machine() {
        return EM_AARCH64;
    }

    @Override
    public int pageSize() {
        return 65_536;
    }

    @Override
    public int filler() {
        return 0;
    }

    @Override
    public byte[] stub(final ProbeSite site) {
        return new Bytes().u32(NOP).u32(RET).toArray();
    }

    @Override
    public String argument(final int index, final ArgumentType type) {
        if (index < REGISTER_ARGUMENTS) {
            return type.noteSize() + "@x" + index;
        }
        final int offset = 8 * (index - REGISTER_ARGUMENTS);
        return type.noteSize() + (offset == 0 ? "@[sp]" : "@[sp, " + offset + "]");
    }

    @Override
    public byte[] trampoline() {
        return shiftedArguments(new Bytes()).u32(0xD61F0200).toArray();                // br x16
    }

    @Override
    public byte[] wideTrampoline() {
        return calling(load(shiftedArguments(new Bytes()), 7, 0), 8);
    }

    @Override
    public byte[] nativeMethod() {
        return load(shiftedMethodArguments(new Bytes()), 5, 0).u32(0xD61F0200).toArray(); // br x16
    }

    @Override
    public byte[] wideNativeMethod() {
        final Bytes code = shiftedMethodArguments(new Bytes());
        for (int register = 5; register < REGISTER_ARGUMENTS; register++) {
            load(code, register, 8 * (register - 5));
        }
        return calling(code, 24);
    }

    /**
     * Calls x16 with the last four of twelve arguments on the stack. They begin at an offset from the stack pointer at
     * this point.
     */
    private static byte[] calling(final Bytes code, final int offset) {
        code.u32(0xD100C3FF)                                                           // sub sp, sp, #48
            .u32(0xA9027BFD);                                                          // stp x29, x30, [sp, #32]
        for (int argument = 0; argument < StubProbe.MAX_ARGUMENTS - REGISTER_ARGUMENTS; argument++) {
            load(code, X17, FRAME + offset + 8 * argument)
                .u32(0xF90003E0 | argument << 10 | X17);                               // str x17, [sp, #to]
        }
        return code.u32(0xD63F0200)                                                    // blr x16
            .u32(0xA9427BFD)                                                           // ldp x29, x30, [sp, #32]
            .u32(0x9100C3FF)                                                           // add sp, sp, #48
            .u32(RET).toArray();
    }

    /** x16 = the function; its arguments move one register down. */
    private static Bytes shiftedArguments(final Bytes code) {
        move(code, X16, 0);
        for (int register = 0; register < REGISTER_ARGUMENTS - 1; register++) {
            move(code, register, register + 1);
        }
        return code;
    }

    /** Moves the arguments of a native method, where two arguments of the JVM come first: x2 is the function. */
    private static Bytes shiftedMethodArguments(final Bytes code) {
        move(code, X16, 2);
        for (int register = 0; register + 3 < REGISTER_ARGUMENTS; register++) {
            move(code, register, register + 3);
        }
        return code;
    }

    private static Bytes load(final Bytes code, final int register, final int offset) {
        return code.u32(LDR_SP | offset / 8 << 10 | register);                         // ldr register, [sp, #offset]
    }

    private static void move(final Bytes code, final int to, final int from) {
        code.u32(0xAA0003E0 | from << 16 | to);
    }

    @Override
    public byte[] readCounter() {
        return new Bytes().u32(0xD53BE040).u32(RET).toArray();                         // mrs x0, cntvct_el0
    }

    @Override
    public byte[] readCounterInOrder() {
        return new Bytes().u32(0xD5033FDF).put(readCounter()).toArray();               // isb
    }

    @Override
    public byte[] ownReturn() {
        return new Bytes().u32(0x10000020).u32(RET).toArray();                         // adr x0, #4
    }

    /** The architecture promises one rate for the generic timer. */
    @Override
    public List<String> counterFlags() {
        return List.of();
    }

    @Override
    public List<String> counterSources() {
        return List.of("arch_sys_counter");
    }
}
