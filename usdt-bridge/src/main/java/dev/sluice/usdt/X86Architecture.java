// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import dev.sluice.usdt.elf.Bytes;
import java.util.List;

/** x86-64, System V calling convention. */
final class X86Architecture implements Architecture {
    private static final int EM_X86_64 = 62;
    private static final int REGISTER_ARGUMENTS = 6;
    /** Names of the first six argument registers, by width 8, 4, 2, 1. */
    private static final String[][] REGISTERS = {
        {"rdi", "edi", "di", "dil"}, {"rsi", "esi", "si", "sil"}, {"rdx", "edx", "dx", "dl"},
        {"rcx", "ecx", "cx", "cl"}, {"r8", "r8d", "r8w", "r8b"}, {"r9", "r9d", "r9w", "r9b"},
    };

    @Override
    public int machine() {
        return EM_X86_64;
    }

    @Override
    public int pageSize() {
        return 4096;
    }

    @Override
    public int filler() {
        return 0xCC;
    }

    @Override
    public byte[] stub(final ProbeSite site) {
        final Bytes code = switch (site) {
            case NOP1 -> Bytes.of(0x90);
            case NOP5 -> Bytes.of(0x0F, 0x1F, 0x44, 0x00, 0x00);
            case NOP10 -> Bytes.of(0x66, 0x2E, 0x0F, 0x1F, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00);
        };
        return code.u8(0xC3).toArray();
    }

    @Override
    public String argument(final int index, final ArgumentType type) {
        if (index < REGISTER_ARGUMENTS) {
            final int column = 3 - Integer.numberOfTrailingZeros(type.sizeBytes());
            return type.noteSize() + "@%" + REGISTERS[index][column];
        }
        // The return address is at 0(%rsp), the caller's stack arguments follow it.
        return type.noteSize() + "@" + 8 * (index - REGISTER_ARGUMENTS + 1) + "(%rsp)";
    }

    @Override
    public byte[] trampoline() {
        // A seventh argument is at 8(%rsp). If there is none, that word belongs to the caller's frame, and the load is
        // harmless.
        return shiftedArguments().u8(0xFF).u8(0xE0).toArray();                         // jmp *%rax
    }

    @Override
    public byte[] wideTrampoline() {
        return calling(shiftedArguments(), 0x402474FF);                                // push 64(%rsp)
    }

    @Override
    public byte[] nativeMethod() {
        return shiftedMethodArguments().u8(0xFF).u8(0xE0).toArray();                   // jmp *%rax
    }

    @Override
    public byte[] wideNativeMethod() {
        return calling(shiftedMethodArguments(), 0x502474FF);                          // push 80(%rsp)
    }

    /**
     * Calls *%rax with the last six of twelve arguments on the stack. At this point they are the last words of the
     * stack's arguments.
     */
    private static byte[] calling(final Bytes code, final int pushLast) {
        code.put(new byte[]{0x48, (byte) 0x83, (byte) 0xEC, 0x08});                    // sub $8,%rsp
        for (int argument = 0; argument < StubProbe.MAX_ARGUMENTS - REGISTER_ARGUMENTS; argument++) {
            // Each push moves the stack by one word, so the same offset reaches the previous argument.
            code.u32(pushLast);
        }
        return code.u8(0xFF).u8(0xD0)                                                  // call *%rax
            .u32(0x38C48348)                                                           // add $56,%rsp
            .u8(0xC3).toArray();
    }

    /** %rax = the function; its arguments move one register down, the sixth comes from the stack. */
    private static Bytes shiftedArguments() {
        return Bytes.of(
            0x48, 0x89, 0xF8,              // mov %rdi,%rax
            0x48, 0x89, 0xF7,              // mov %rsi,%rdi
            0x48, 0x89, 0xD6,              // mov %rdx,%rsi
            0x48, 0x89, 0xCA,              // mov %rcx,%rdx
            0x4C, 0x89, 0xC1,              // mov %r8,%rcx
            0x4D, 0x89, 0xC8,              // mov %r9,%r8
            0x4C, 0x8B, 0x4C, 0x24, 0x08); // mov 8(%rsp),%r9
    }

    /**
     * Moves the arguments of a native method, where two arguments of the JVM come first: %rdx is the function, and the
     * function's fourth argument is on the stack.
     */
    private static Bytes shiftedMethodArguments() {
        return Bytes.of(
            0x48, 0x89, 0xD0,              // mov %rdx,%rax
            0x48, 0x89, 0xCF,              // mov %rcx,%rdi
            0x4C, 0x89, 0xC6,              // mov %r8,%rsi
            0x4C, 0x89, 0xCA,              // mov %r9,%rdx
            0x48, 0x8B, 0x4C, 0x24, 0x08,  // mov 8(%rsp),%rcx
            0x4C, 0x8B, 0x44, 0x24, 0x10,  // mov 16(%rsp),%r8
            0x4C, 0x8B, 0x4C, 0x24, 0x18); // mov 24(%rsp),%r9
    }

    @Override
    public byte[] readCounter() {
        return Bytes.of(
            0x0F, 0x31,                    // rdtsc
            0x48, 0xC1, 0xE2, 0x20,        // shl $32,%rdx
            0x48, 0x09, 0xD0,              // or %rdx,%rax
            0xC3).toArray();
    }

    @Override
    public byte[] readCounterInOrder() {
        return Bytes.of(0x0F, 0xAE, 0xE8).put(readCounter()).toArray();                // lfence
    }

    @Override
    public byte[] ownReturn() {
        return Bytes.of(
            0x48, 0x8D, 0x05, 0x00, 0x00, 0x00, 0x00, // lea 0(%rip),%rax
            0xC3).toArray();
    }

    @Override
    public List<String> counterFlags() {
        return List.of("constant_tsc", "nonstop_tsc");
    }

    @Override
    public List<String> counterSources() {
        return List.of("tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "xen");
    }
}
