// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import dev.sluice.ring.drain.BatchSelector;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.Slot;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** The guards of a ring, each with the rewrite that takes it out. */
enum RingFault implements SeededFault {
    /** Whoever wants to drain does (R4). */
    LOCK_LEFT_OUT("RingDrainer", "lock", RingFault::yes),
    /** Tail is moved in the claim, before header and fields are written (R2). */
    TAIL_BEFORE_DATA("RingProducer", "claim", next -> new Around(next, "putLong", v -> {
        field(v, RingProducer.class, "tailAddress", long.class);
        field(v, RingProducer.class, "position", long.class);
        v.visitVarInsn(Opcodes.ILOAD, 4);
        v.visitInsn(Opcodes.I2L);
        v.visitInsn(Opcodes.LADD);
        call(v, Memory.class, "putLongRelease", "(JJ)V");
    }, null)),
    /** The chunk's exact end is stored when tail has already entered the next chunk (R3). */
    CONTENT_END_AFTER_TAIL("RingProducer", "closeChunk commit", next -> new Around(next, "putLongRelease", null, v ->
        call(v, DeferredStore.class, "run", "()V")) {
        @Override
        public void visitMethodInsn(final int opcode, final String owner, final String name, final String descriptor,
                                    final boolean isInterface) {
            if (isIn("closeChunk") && name.equals("putLongRelease")) {
                call(mv, DeferredStore.class, "defer", descriptor);
            } else {
                super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
            }
        }
    }),
    /** The drainer says that the batch is drained, and only then has it copied (R8). */
    HEAD_BEFORE_COPY("RingDrainer", "drainBatch", next -> new Around(next, "drain", v -> {
        v.visitVarInsn(Opcodes.ALOAD, 1);
        v.visitVarInsn(Opcodes.LLOAD, 5);
        v.visitVarInsn(Opcodes.ILOAD, 2);
        v.visitVarInsn(Opcodes.LLOAD, 3);
        field(v, RingDrainer.class, "selector", BatchSelector.class);
        invoke(v, BatchSelector.class, "eventsBefore", "()J");
        field(v, RingDrainer.class, "selector", BatchSelector.class);
        invoke(v, BatchSelector.class, "nextHead", "()J");
        v.visitInsn(Opcodes.ICONST_0);
        invoke(v, Slot.class, "drained", "(JIJJJI)Z");
        v.visitInsn(Opcodes.POP);
    }, null)),
    /** A batch that begins in the middle of a chunk has the ticks of the chunk's begin, not its first event's (R5). */
    FIRST_TICKS_OF_THE_CHUNK("BatchSelector", "ticksAt", next -> new Body(next, v -> {
        v.visitVarInsn(Opcodes.LLOAD, 2);
        v.visitLdcInsn((long) ChunkDescriptor.BASE_TICKS_OFFSET);
        v.visitInsn(Opcodes.LADD);
        call(v, Memory.class, "getLong", "(J)J");
        v.visitInsn(Opcodes.LRETURN);
    })),
    /** Nobody knows what batch was being drained when an error came. */
    JOURNAL_LEFT_OUT("RingDrainer", "writeJournal", next -> new Body(next, v -> v.visitInsn(Opcodes.RETURN))),
    /** A drainer of an old session claims credits of the new one, and in the old one's name. */
    EPOCH_LEFT_OUT_OF_CREDITS("RingDrainer", "claimCredits", next -> new MethodVisitor(Opcodes.ASM9, next) {
        @Override
        public void visitMethodInsn(final int opcode, final String owner, final String name, final String descriptor,
                                    final boolean isInterface) {
            if (name.equals("epoch")) {
                super.visitInsn(Opcodes.POP2);
                super.visitVarInsn(Opcodes.ILOAD, 1);
            } else {
                super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
            }
        }
    }),
    /** The owner opens the next chunk whether head has passed it or not. */
    HEAD_NOT_AWAITED("RingProducer", "isDrained", RingFault::yes),
    /** The owner overwrites a chunk that it saw FULL, whether a drainer has taken it meanwhile or not (R9). */
    CHUNK_STATE_NOT_COMPARED("ChunkOverwriter", "tryOverwrite", next -> new MethodVisitor(Opcodes.ASM9, next) {
        @Override
        public void visitMethodInsn(final int opcode, final String owner, final String name, final String descriptor,
                                    final boolean isInterface) {
            if (name.equals("compareAndSetLong")) {
                super.visitInsn(Opcodes.POP2);
                super.visitInsn(Opcodes.POP2);
                super.visitInsn(Opcodes.POP2);
                super.visitInsn(Opcodes.ICONST_1);
            } else {
                super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
            }
        }
    }),
    /** Ticks go back with the clock (R11). */
    CLAMP_LEFT_OUT("RingProducer", "claim tryClaim", next -> new MethodVisitor(Opcodes.ASM9, next) {
        @Override
        public void visitFieldInsn(final int opcode, final String owner, final String name, final String descriptor) {
            if (opcode == Opcodes.GETFIELD && name.equals("lastTicks")) {
                super.visitInsn(Opcodes.POP);
                super.visitLdcInsn(Long.MIN_VALUE);
            } else {
                super.visitFieldInsn(opcode, owner, name, descriptor);
            }
        }
    });

    private final String className;
    private final String methods;
    private final Function<MethodVisitor, MethodVisitor> rewrite;

    RingFault(final String className, final String methods, final Function<MethodVisitor, MethodVisitor> rewrite) {
        this.className = className;
        this.methods = methods;
        this.rewrite = rewrite;
    }

    @Override
    public MethodVisitor rewrite(final String name, final String method, final MethodVisitor next) {
        if (!name.equals(className) || !List.of(methods.split(" ")).contains(method)) {
            return next;
        }
        final MethodVisitor rewritten = rewrite.apply(next);
        if (rewritten instanceof Around around) {
            around.method = method;
        }
        return rewritten;
    }

    private static MethodVisitor yes(final MethodVisitor next) {
        return new Body(next, v -> {
            v.visitInsn(Opcodes.ICONST_1);
            v.visitInsn(Opcodes.IRETURN);
        });
    }

    private static void field(final MethodVisitor v, final Class<?> owner, final String name, final Class<?> type) {
        v.visitVarInsn(Opcodes.ALOAD, 0);
        v.visitFieldInsn(Opcodes.GETFIELD, Type.getInternalName(owner), name, Type.getDescriptor(type));
    }

    private static void invoke(final MethodVisitor v, final Class<?> owner, final String name,
                               final String descriptor) {
        v.visitMethodInsn(Opcodes.INVOKEVIRTUAL, Type.getInternalName(owner), name, descriptor, false);
    }

    private static void call(final MethodVisitor v, final Class<?> owner, final String name, final String descriptor) {
        v.visitMethodInsn(Opcodes.INVOKESTATIC, Type.getInternalName(owner), name, descriptor, false);
    }

    /** Another body for the method. */
    private static final class Body extends MethodVisitor {
        private final MethodVisitor next;
        private final Consumer<MethodVisitor> body;

        Body(final MethodVisitor next, final Consumer<MethodVisitor> body) {
            super(Opcodes.ASM9);
            this.next = next;
            this.body = body;
        }

        @Override
        public void visitCode() {
            next.visitCode();
            body.accept(next);
            next.visitMaxs(0, 0);
            next.visitEnd();
        }
    }

    /** Something before or after each call of a name. */
    private static class Around extends MethodVisitor {
        private final String callee;
        private final Consumer<MethodVisitor> before;
        private final Consumer<MethodVisitor> after;
        private String method;

        Around(final MethodVisitor next, final String callee, final Consumer<MethodVisitor> before,
               final Consumer<MethodVisitor> after) {
            super(Opcodes.ASM9, next);
            this.callee = callee;
            this.before = before;
            this.after = after;
        }

        final boolean isIn(final String name) {
            return name.equals(method);
        }

        @Override
        public void visitMethodInsn(final int opcode, final String owner, final String name, final String descriptor,
                                    final boolean isInterface) {
            if (name.equals(callee) && before != null) {
                before.accept(mv);
            }
            super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
            if (name.equals(callee) && after != null) {
                after.accept(mv);
            }
        }
    }
}
