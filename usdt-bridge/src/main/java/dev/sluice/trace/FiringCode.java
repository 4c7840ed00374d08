// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.RingProducer;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Utf8;
import dev.sluice.target.ByteSequences;
import dev.sluice.target.LiveTarget;
import dev.sluice.target.pair.HeldEvents;
import dev.sluice.target.ring.ThreadRings;
import dev.sluice.usdt.LoadedStubs;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The code of one method of {@link FiringClass}, once its tracepoint's word is known not to be 0. In Java, for
 * {@code placed(long id, String symbol)}, ticks being 0 where the clock has not been read:
 * <pre>{@code
 * boolean fired = (word & RING_BIT) != 0;
 * boolean owed = fired;
 * try {
 *     String s = LiveTarget.text(symbol);
 *     if (fired) {
 *         // Or the event is held back: see hold.
 *         RingProducer ring = LiveTarget.ring();
 *         if (ring != null) {
 *             int n = Utf8.encodedLength(s, LIMIT);
 *             int length = FIXED_LENGTH + n;
 *             long address = LiveTarget.claim(ticks, ring, ID, EventDescriptor.align(length));
 *             if (address != RingProducer.REFUSED) {
 *                 Memory.putLong(address + 8, id);
 *                 Memory.putShort(address + 16, (short) n);
 *                 Utf8.put(s, address + 18, n);
 *                 ring.commit(address, length);
 *             }
 *         }
 *         owed = false;
 *     }
 *     if ((word & SEMAPHORE_MASK) != 0) {
 *         trap(id, s);
 *     }
 * } catch (RuntimeException | LinkageError | VirtualMachineError e) {
 *     LiveTarget.failed(owed, e);
 * }
 * return fired;
 * }</pre>
 * Code of the application, such as a sequence's {@code toString}, runs before the claim, because that code may fire
 * events.
 * <p>
 * This code serves only the rare cases; {@link #writeUsual} writes the code for the usual case, which is tried first.
 */
final class FiringCode {
    private static final String LIVE = Type.getInternalName(LiveTarget.class);
    private static final String RING = Type.getInternalName(RingProducer.class);
    private static final String HELD = Type.getInternalName(HeldEvents.class);
    private static final String UTF8 = Type.getInternalName(Utf8.class);
    private static final String STRING = Type.getInternalName(String.class);
    private static final String SEQUENCE = Type.getInternalName(CharSequence.class);
    private static final String BYTES = Type.getInternalName(ByteBuffer.class);
    private static final Class<?>[] CAUGHT = {RuntimeException.class, LinkageError.class, VirtualMachineError.class};

    private final MethodVisitor code;
    private final Tracepoint tracepoint;
    private final EventShape shape;
    private final Class<?>[] parameters;
    private final int[] slots;
    private final int[] lengthSlots;
    private final int wordSlot;
    private final int firedSlot;
    private final int owedSlot;
    private final int ringSlot;
    private final int totalSlot;
    private final int ticksSlot;
    private final int addressSlot;
    private final int claimedSlot;
    private final int heldSlot;

    FiringCode(final MethodVisitor code, final Tracepoint tracepoint, final MethodType type) {
        this.code = code;
        this.tracepoint = tracepoint;
        this.shape = tracepoint.shape();
        this.parameters = type.parameterArray();
        this.slots = FiringClass.slots(type);
        this.lengthSlots = new int[parameters.length];
        int next = slots[parameters.length];
        wordSlot = next++;
        ticksSlot = next;
        next += 2;
        firedSlot = next++;
        owedSlot = next++;
        ringSlot = next++;
        totalSlot = next++;
        addressSlot = next;
        next += 2;
        claimedSlot = next;
        next += 2;
        heldSlot = next++;
        for (int i = 0; i < parameters.length; i++) {
            lengthSlots[i] = shape.type(i).isVariable() ? next++ : -1;
        }
    }

    /**
     * Writes the method for the usual case: the event goes to the ring alone, and the open chunk has room. In Java, for
     * {@code matched(long id, String symbol)}:
     * <pre>{@code
     * long ticks = 0;
     * if (word != RING_BIT) {
     *     return filtered(id, symbol, word);
     * } else {
     *     try {
     *         symbol = LiveTarget.text(symbol);
     *         ticks = LiveTarget.ticksBeforeRing();
     *         RingProducer ring = ThreadRings.get();
     *         if (ring != null) {
     *             int n = Utf8.encodedLength(symbol, LIMIT);
     *             int length = FIXED_LENGTH + n;
     *             long claimed = LiveTarget.tryClaim(ticks, ring, ID, EventDescriptor.align(length));
     *             if (claimed != RingProducer.REFUSED) {
     *                 Memory.putLong(claimed + 8, id);
     *                 Memory.putShort(claimed + 16, (short) n);
     *                 Utf8.put(symbol, claimed + 18, n);
     *                 ring.commit(claimed, length);
     *                 return true;
     *             }
     *         }
     *     } catch (RuntimeException | LinkageError | VirtualMachineError e) {
     *         LiveTarget.failed(true, e);
     *         return true;
     *     }
     * }
     * return any(id, symbol, word, ticks);
     * }</pre>
     * Code of the application runs before the clock is read: events that it fires are earlier ones. Where all fields
     * are plain numbers no value is needed after a call, so the compiled code keeps no value on the stack.
     *
     * @param owner        the class
     * @param anyName      the method of {@link #write}
     * @param filteredName the method of {@link #writeFiltered}
     */
    void writeUsual(final String owner, final String anyName, final String filteredName) {
        final Label begin = new Label();
        final Label end = new Label();
        final Label handler = new Label();
        final Label any = new Label();
        catchAll(begin, end, handler);
        code.visitInsn(Opcodes.LCONST_0);
        code.visitVarInsn(Opcodes.LSTORE, ticksSlot);
        code.visitVarInsn(Opcodes.ILOAD, wordSlot);
        code.visitLdcInsn(Tracepoint.RING_BIT);
        final Label other = new Label();
        code.visitJumpInsn(Opcodes.IF_ICMPNE, other);
        code.visitLabel(begin);
        prepare();
        code.visitMethodInsn(Opcodes.INVOKESTATIC, LIVE, "ticksBeforeRing", "()J", false);
        code.visitVarInsn(Opcodes.LSTORE, ticksSlot);
        code.visitMethodInsn(Opcodes.INVOKESTATIC, Type.getInternalName(ThreadRings.class), "get", "()L" + RING + ';',
            false);
        claim("tryClaim", any);
        code.visitInsn(Opcodes.ICONST_1);
        code.visitInsn(Opcodes.IRETURN);
        code.visitLabel(end);
        code.visitLabel(any);
        final MethodType type = MethodType.methodType(boolean.class, parameters)
            .appendParameterTypes(int.class, long.class);
        FiringClass.loadParameters(code, type);
        code.visitMethodInsn(Opcodes.INVOKESTATIC, owner, anyName, type.toMethodDescriptorString(), false);
        code.visitInsn(Opcodes.IRETURN);
        code.visitLabel(other);
        final MethodType wordType = type.dropParameterTypes(type.parameterCount() - 1, type.parameterCount());
        FiringClass.loadParameters(code, wordType);
        code.visitMethodInsn(Opcodes.INVOKESTATIC, owner, filteredName, wordType.toMethodDescriptorString(), false);
        code.visitInsn(Opcodes.IRETURN);
        code.visitLabel(handler);
        code.visitVarInsn(Opcodes.ASTORE, ringSlot);
        code.visitInsn(Opcodes.ICONST_1);
        callFailed();
        code.visitInsn(Opcodes.ICONST_1);
        code.visitInsn(Opcodes.IRETURN);
    }

    /**
     * Writes the method for an event that has another word than the usual one: a filter may refuse it, before the clock
     * is read. In Java:
     * <pre>{@code
     * if ((word & FILTERED_BIT) != 0) {
     *     if (filter(id, quantity)) {
     *         return on(id, quantity, word & ~FILTERED_BIT);
     *     }
     *     word &= SEMAPHORE_MASK;
     *     if (word == 0) {
     *         return false;
     *     }
     * }
     * return any(id, quantity, word, 0);
     * }</pre>
     *
     * @param owner      the class
     * @param filterName the method that asks the filter
     * @param onName     the method of {@link #writeUsual}
     * @param anyName    the method of {@link #write}
     */
    void writeFiltered(final String owner, final String filterName, final String onName, final String anyName) {
        final Label any = new Label();
        final Label refused = new Label();
        final MethodType type = MethodType.methodType(boolean.class, parameters);
        code.visitVarInsn(Opcodes.ILOAD, wordSlot);
        code.visitLdcInsn(Tracepoint.FILTERED_BIT);
        code.visitInsn(Opcodes.IAND);
        code.visitJumpInsn(Opcodes.IFEQ, any);
        FiringClass.loadParameters(code, type);
        code.visitMethodInsn(Opcodes.INVOKESTATIC, owner, filterName, type.toMethodDescriptorString(), false);
        code.visitJumpInsn(Opcodes.IFEQ, refused);
        FiringClass.loadParameters(code, type);
        code.visitVarInsn(Opcodes.ILOAD, wordSlot);
        code.visitLdcInsn(~Tracepoint.FILTERED_BIT);
        code.visitInsn(Opcodes.IAND);
        code.visitMethodInsn(Opcodes.INVOKESTATIC, owner, onName,
            type.appendParameterTypes(int.class).toMethodDescriptorString(), false);
        code.visitInsn(Opcodes.IRETURN);
        code.visitLabel(refused);
        code.visitVarInsn(Opcodes.ILOAD, wordSlot);
        code.visitLdcInsn(LoadedStubs.SEMAPHORE_MASK);
        code.visitInsn(Opcodes.IAND);
        code.visitInsn(Opcodes.DUP);
        code.visitVarInsn(Opcodes.ISTORE, wordSlot);
        code.visitJumpInsn(Opcodes.IFNE, any);
        code.visitInsn(Opcodes.ICONST_0);
        code.visitInsn(Opcodes.IRETURN);
        code.visitLabel(any);
        FiringClass.loadParameters(code, type);
        code.visitVarInsn(Opcodes.ILOAD, wordSlot);
        code.visitInsn(Opcodes.LCONST_0);
        code.visitMethodInsn(Opcodes.INVOKESTATIC, owner, anyName,
            type.appendParameterTypes(int.class, long.class).toMethodDescriptorString(), false);
        code.visitInsn(Opcodes.IRETURN);
    }

    /**
     * Claims room in the ring on the stack, writes the event and commits it; jumps to the label if there is no ring or
     * no room.
     *
     * @param claim the method of {@link LiveTarget}
     */
    private void claim(final String claim, final Label refused) {
        code.visitInsn(Opcodes.DUP);
        code.visitVarInsn(Opcodes.ASTORE, ringSlot);
        code.visitJumpInsn(Opcodes.IFNULL, refused);
        final boolean isVariable = measure();
        code.visitVarInsn(Opcodes.LLOAD, ticksSlot);
        code.visitVarInsn(Opcodes.ALOAD, ringSlot);
        code.visitLdcInsn(tracepoint.id());
        loadLength(isVariable, true);
        code.visitMethodInsn(Opcodes.INVOKESTATIC, LIVE, claim, "(JL" + RING + ";II)J", false);
        putClaimed(refused);
        code.visitVarInsn(Opcodes.ALOAD, ringSlot);
        code.visitVarInsn(Opcodes.LLOAD, claimedSlot);
        loadLength(isVariable, false);
        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, RING, "commit", "(JI)V", false);
    }

    /**
     * Holds the event back, and leaves in its variable whether it is fired; jumps to one label if it is to be written
     * like any other, and to the other one when it is done. In Java:
     * <pre>{@code
     * HeldEvents held = LiveTarget.held(ID);
     * if (held == null) {
     *     // The first label.
     * }
     * long address = held.claim(EventDescriptor.align(length));
     * if (address != RingProducer.REFUSED) {
     *     Memory.putLong(address + 8, id);
     *     fired = held.commit(ID, length);
     * }
     * }</pre>
     */
    private void hold(final Label usual, final Label done) {
        code.visitVarInsn(Opcodes.ILOAD, wordSlot);
        code.visitLdcInsn(Tracepoint.HELD_BIT);
        code.visitInsn(Opcodes.IAND);
        code.visitJumpInsn(Opcodes.IFEQ, usual);
        code.visitLdcInsn(tracepoint.id());
        code.visitMethodInsn(Opcodes.INVOKESTATIC, LIVE, "held", "(I)L" + HELD + ';', false);
        code.visitInsn(Opcodes.DUP);
        code.visitVarInsn(Opcodes.ASTORE, heldSlot);
        code.visitJumpInsn(Opcodes.IFNULL, usual);
        final boolean isVariable = measure();
        code.visitVarInsn(Opcodes.ALOAD, heldSlot);
        loadLength(isVariable, true);
        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, HELD, "claim", "(I)J", false);
        putClaimed(done);
        code.visitVarInsn(Opcodes.ALOAD, heldSlot);
        code.visitLdcInsn(tracepoint.id());
        loadLength(isVariable, false);
        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, HELD, "commit", "(II)Z", false);
        code.visitVarInsn(Opcodes.ISTORE, firedSlot);
        code.visitJumpInsn(Opcodes.GOTO, done);
    }

    private void loadLength(final boolean isVariable, final boolean isAligned) {
        if (!isVariable) {
            code.visitLdcInsn(isAligned ? EventDescriptor.align(shape.fixedEventLength()) : shape.fixedEventLength());
            return;
        }
        code.visitVarInsn(Opcodes.ILOAD, totalSlot);
        if (isAligned) {
            code.visitMethodInsn(Opcodes.INVOKESTATIC, Type.getInternalName(EventDescriptor.class), "align", "(I)I",
                false);
        }
    }

    /** Puts the fields where the address on the stack says; jumps to the label if that is none. */
    private void putClaimed(final Label refused) {
        code.visitInsn(Opcodes.DUP2);
        code.visitVarInsn(Opcodes.LSTORE, addressSlot);
        code.visitInsn(Opcodes.DUP2);
        code.visitVarInsn(Opcodes.LSTORE, claimedSlot);
        code.visitLdcInsn(RingProducer.REFUSED);
        code.visitInsn(Opcodes.LCMP);
        code.visitJumpInsn(Opcodes.IFEQ, refused);
        putFields();
    }

    private void catchAll(final Label begin, final Label end, final Label handler) {
        for (final Class<?> type : CAUGHT) {
            code.visitTryCatchBlock(begin, end, handler, Type.getInternalName(type));
        }
    }

    /**
     * The caught error goes into the local variable of the ring, which is no longer needed; whether the event is owed
     * is on the stack.
     */
    private void callFailed() {
        code.visitVarInsn(Opcodes.ALOAD, ringSlot);
        code.visitTypeInsn(Opcodes.CHECKCAST, Type.getInternalName(Throwable.class));
        code.visitMethodInsn(Opcodes.INVOKESTATIC, LIVE, "failed", "(ZLjava/lang/Throwable;)V", false);
    }

    /** Writes the method for any event. The trap, if there is a probe, is another method with the same parameters. */
    void write(final String owner, final String trapName) {
        final Label begin = new Label();
        final Label end = new Label();
        final Label handler = new Label();
        catchAll(begin, end, handler);
        code.visitVarInsn(Opcodes.ILOAD, wordSlot);
        code.visitIntInsn(Opcodes.BIPUSH, Short.SIZE);
        code.visitInsn(Opcodes.IUSHR);
        code.visitInsn(Opcodes.ICONST_1);
        code.visitInsn(Opcodes.IAND);
        code.visitInsn(Opcodes.DUP);
        code.visitVarInsn(Opcodes.ISTORE, firedSlot);
        code.visitVarInsn(Opcodes.ISTORE, owedSlot);
        code.visitLabel(begin);
        prepare();
        final Label written = new Label();
        code.visitVarInsn(Opcodes.ILOAD, firedSlot);
        code.visitJumpInsn(Opcodes.IFEQ, written);
        writeEvent();
        code.visitInsn(Opcodes.ICONST_0);
        code.visitVarInsn(Opcodes.ISTORE, owedSlot);
        code.visitLabel(written);
        if (trapName != null) {
            callTrap(owner, trapName);
        }
        code.visitLabel(end);
        code.visitVarInsn(Opcodes.ILOAD, firedSlot);
        code.visitInsn(Opcodes.IRETURN);
        code.visitLabel(handler);
        code.visitVarInsn(Opcodes.ASTORE, ringSlot);
        code.visitVarInsn(Opcodes.ILOAD, owedSlot);
        callFailed();
        code.visitVarInsn(Opcodes.ILOAD, firedSlot);
        code.visitInsn(Opcodes.IRETURN);
    }

    /** Prepares texts and nulls, before room is claimed. */
    private void prepare() {
        for (int i = 0; i < parameters.length; i++) {
            if (shape.type(i).isVariable()) {
                final boolean isText = shape.type(i) == FieldType.STRING;
                code.visitVarInsn(Opcodes.ALOAD, slots[i]);
                code.visitMethodInsn(Opcodes.INVOKESTATIC, LIVE, isText ? "text" : "bytes", isText
                    ? "(L" + SEQUENCE + ";)L" + STRING + ';'
                    : Type.getMethodDescriptor(Type.getType(parameters[i]), Type.getType(parameters[i])), false);
                code.visitVarInsn(Opcodes.ASTORE, slots[i]);
            }
        }
    }

    private void writeEvent() {
        final Label usual = new Label();
        final Label done = new Label();
        hold(usual, done);
        code.visitLabel(usual);
        code.visitMethodInsn(Opcodes.INVOKESTATIC, LIVE, "ring", "()L" + RING + ';', false);
        claim("claim", done);
        code.visitLabel(done);
    }

    /** Computes the lengths of texts and bytes, and of the event. Returns whether there are texts or bytes. */
    private boolean measure() {
        int fixed = shape.fixedEventLength();
        for (int i = 0; i < parameters.length; i++) {
            if (lengthSlots[i] >= 0) {
                fixed += Short.BYTES;
                code.visitVarInsn(Opcodes.ALOAD, slots[i]);
                if (shape.type(i) != FieldType.STRING && parameters[i] == ByteBuffer.class) {
                    code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, BYTES, "remaining", "()I", false);
                } else if (shape.type(i) != FieldType.STRING) {
                    code.visitInsn(Opcodes.ARRAYLENGTH);
                }
                code.visitLdcInsn(tracepoint.stringLimit());
                if (shape.type(i) == FieldType.STRING) {
                    code.visitMethodInsn(Opcodes.INVOKESTATIC, UTF8, "encodedLength", "(Ljava/lang/String;I)I", false);
                } else {
                    code.visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/Math", "min", "(II)I", false);
                }
                code.visitVarInsn(Opcodes.ISTORE, lengthSlots[i]);
            }
        }
        if (fixed == shape.fixedEventLength()) {
            return false;
        }
        code.visitLdcInsn(fixed);
        for (final int slot : lengthSlots) {
            if (slot >= 0) {
                code.visitVarInsn(Opcodes.ILOAD, slot);
                code.visitInsn(Opcodes.IADD);
            }
        }
        code.visitVarInsn(Opcodes.ISTORE, totalSlot);
        return true;
    }

    private void loadAddress(final int offset) {
        code.visitVarInsn(Opcodes.LLOAD, addressSlot);
        code.visitLdcInsn((long) offset);
        code.visitInsn(Opcodes.LADD);
    }

    private void putFields() {
        int offset = EventDescriptor.HEADER_LENGTH;
        for (int i = 0; i < parameters.length; i++) {
            if (lengthSlots[i] < 0) {
                loadAddress(offset);
                putFixed(i);
                offset += shape.type(i).lengthBytes();
            } else {
                loadAddress(offset);
                code.visitVarInsn(Opcodes.ILOAD, lengthSlots[i]);
                code.visitInsn(Opcodes.I2S);
                put("putShort", "S");
                putBytes(i, offset + Short.BYTES);
                // The next fields begin where this field ends.
                loadAddress(offset + Short.BYTES);
                code.visitVarInsn(Opcodes.ILOAD, lengthSlots[i]);
                code.visitInsn(Opcodes.I2L);
                code.visitInsn(Opcodes.LADD);
                code.visitVarInsn(Opcodes.LSTORE, addressSlot);
                offset = 0;
            }
        }
    }

    private void put(final String name, final String type) {
        code.visitMethodInsn(Opcodes.INVOKESTATIC, FiringClass.MEMORY, name, "(J" + type + ")V", false);
    }

    private void putFixed(final int i) {
        FiringClass.loadBits(code, parameters[i], slots[i], shape.type(i));
        switch (shape.type(i).lengthBytes()) {
            case Byte.BYTES -> {
                code.visitInsn(Opcodes.I2B);
                put("putByte", "B");
            }
            case Short.BYTES -> {
                code.visitInsn(Opcodes.I2S);
                put("putShort", "S");
            }
            case Integer.BYTES -> put("putInt", "I");
            default -> put("putLong", "J");
        }
    }

    private void putBytes(final int i, final int offset) {
        code.visitVarInsn(Opcodes.ALOAD, slots[i]);
        if (shape.type(i) == FieldType.STRING) {
            loadAddress(offset);
            code.visitVarInsn(Opcodes.ILOAD, lengthSlots[i]);
            code.visitMethodInsn(Opcodes.INVOKESTATIC, UTF8, "put", "(Ljava/lang/String;JI)V", false);
        } else {
            loadAddress(offset);
            code.visitVarInsn(Opcodes.ILOAD, lengthSlots[i]);
            code.visitMethodInsn(Opcodes.INVOKESTATIC, Type.getInternalName(ByteSequences.class), "put",
                Type.getMethodDescriptor(Type.VOID_TYPE, Type.getType(parameters[i]), Type.LONG_TYPE, Type.INT_TYPE),
                false);
        }
    }

    private void callTrap(final String owner, final String trapName) {
        final Label done = new Label();
        code.visitVarInsn(Opcodes.ILOAD, wordSlot);
        code.visitLdcInsn(LoadedStubs.SEMAPHORE_MASK);
        code.visitInsn(Opcodes.IAND);
        code.visitJumpInsn(Opcodes.IFEQ, done);
        final MethodType type = MethodType.methodType(void.class, parameters);
        FiringClass.loadParameters(code, type);
        code.visitMethodInsn(Opcodes.INVOKESTATIC, owner, trapName, type.toMethodDescriptorString(), false);
        code.visitLabel(done);
    }
}
