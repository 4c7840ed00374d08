// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.filter;

import static org.objectweb.asm.Opcodes.ACC_FINAL;
import static org.objectweb.asm.Opcodes.ACC_PUBLIC;
import static org.objectweb.asm.Opcodes.ACC_STATIC;
import static org.objectweb.asm.Opcodes.ACC_SUPER;
import static org.objectweb.asm.Opcodes.V17;

import dev.sluice.os.jvm.Thrown;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.where.EventTest;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.List;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Makes hidden classes: of tests one for events that are fired by name, and one for each method of a typed interface;
 * and those that take the keys of pairs out of events. They go when nothing calls them any more. Stateless; any thread.
 */
public final class FilterClass {
    private static final String NAME = Type.getInternalName(FilterClass.class) + "$Code";
    private static final String FILTER = Type.getInternalName(EventFilter.class);
    private static final String KEY = Type.getInternalName(PairKey.class);
    private static final String TYPED = "test";
    private static final int MOST_INTEGERS = 6;

    private FilterClass() {
    }

    /** The code for events that are fired by name. */
    public static EventFilter named(final List<FieldSchema> fields, final EventTest test) {
        final ClassWriter writer = begin(FILTER);
        constructor(writer, FILTER);
        final boolean isTextFirst = !fields.isEmpty() && fields.get(0).type() == FieldType.STRING;
        final boolean areRestIntegers = fields.stream().skip(isTextFirst ? 1 : 0).map(FieldSchema::type)
            .allMatch(type -> type.isInteger() || type.isEnum() || type == FieldType.BOOL);
        if (areRestIntegers && fields.size() <= MOST_INTEGERS) {
            final Class<?>[] parameters = new Class<?>[MOST_INTEGERS];
            Arrays.fill(parameters, long.class);
            if (isTextFirst) {
                parameters[0] = String.class;
            }
            final MethodVisitor method = writer.visitMethod(ACC_PUBLIC, isTextFirst ? "text" : "integers",
                MethodType.methodType(boolean.class, parameters).toMethodDescriptorString(), null, null);
            method.visitCode();
            new TestCode(method, new ParameterCode(method, fields, parameters, 1)).write(test);
            end(method);
        }
        final MethodVisitor method = writer.visitMethod(ACC_PUBLIC, "encoded", "(J)Z", null, null);
        method.visitCode();
        new TestCode(method, new EncodedCode(method, fields, EncodedCode.ADDRESS_SLOT + 2)).write(test);
        end(method);
        return (EventFilter) instance(writer);
    }

    private static Object instance(final ClassWriter writer) {
        try {
            final MethodHandles.Lookup inside = define(writer);
            return inside.findConstructor(inside.lookupClass(), MethodType.methodType(void.class)).invoke();
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    private static void constructor(final ClassWriter writer, final String parent) {
        final MethodVisitor constructor = writer.visitMethod(0, "<init>", "()V", null, null);
        constructor.visitCode();
        constructor.visitVarInsn(Opcodes.ALOAD, 0);
        constructor.visitMethodInsn(Opcodes.INVOKESPECIAL, parent, "<init>", "()V", false);
        constructor.visitInsn(Opcodes.RETURN);
        end(constructor);
    }

    /**
     * The code that takes the keys of a pair out of an event. In Java, for the keys {@code id} and {@code symbol} of
     * {@code placed(long id, double price, String symbol)}:
     * <pre>{@code
     * Memory.putLong(to, Memory.getLong(address));
     * to += 8;
     * return FilterValues.copy(address + 16, to);
     * }</pre>
     *
     * @param keys indexes of the fields, each once
     */
    public static PairKey key(final List<FieldSchema> fields, final List<Integer> keys) {
        final ClassWriter writer = begin(KEY);
        constructor(writer, KEY);
        final MethodVisitor method = writer.visitMethod(ACC_PUBLIC, "write", "(JJ)J", null, null);
        method.visitCode();
        final int to = EncodedCode.ADDRESS_SLOT + 2;
        final EncodedCode values = new EncodedCode(method, fields, to + 2);
        final boolean[] used = new boolean[fields.size()];
        keys.forEach(key -> used[key] = true);
        values.prepare(used);
        for (final int key : keys) {
            final FieldType type = fields.get(key).type();
            if (type.isVariable()) {
                values.textAddress(key);
                method.visitVarInsn(Opcodes.LLOAD, to);
                values.call("copy", "(JJ)J");
            } else {
                method.visitVarInsn(Opcodes.LLOAD, to);
                if (type == FieldType.FLOAT32 || type == FieldType.FLOAT64) {
                    values.floating(key);
                    method.visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/Double", "doubleToLongBits", "(D)J", false);
                } else {
                    values.integer(key);
                }
                method.visitMethodInsn(Opcodes.INVOKESTATIC, Type.getInternalName(Memory.class), "putLong", "(JJ)V",
                    false);
                method.visitVarInsn(Opcodes.LLOAD, to);
                method.visitLdcInsn((long) Long.BYTES);
                method.visitInsn(Opcodes.LADD);
            }
            method.visitVarInsn(Opcodes.LSTORE, to);
        }
        method.visitVarInsn(Opcodes.LLOAD, to);
        method.visitInsn(Opcodes.LRETURN);
        end(method);
        return (PairKey) instance(writer);
    }

    /**
     * The code for events of a method.
     *
     * @param type a parameter for each field, with types that every class loader shares; returns a boolean
     */
    static MethodHandle typed(final List<FieldSchema> fields, final EventTest test, final MethodType type) {
        final ClassWriter writer = begin(Type.getInternalName(Object.class));
        final MethodVisitor method =
            writer.visitMethod(ACC_STATIC, TYPED, type.toMethodDescriptorString(), null, null);
        method.visitCode();
        new TestCode(method, new ParameterCode(method, fields, type.parameterArray(), 0)).write(test);
        end(method);
        try {
            final MethodHandles.Lookup inside = define(writer);
            return inside.findStatic(inside.lookupClass(), TYPED, type);
        } catch (final ReflectiveOperationException e) {
            // This cannot happen: the lookup is this class's own, and the method was written above.
            throw new IllegalStateException(e);
        }
    }

    private static ClassWriter begin(final String parent) {
        final ClassWriter writer = new SafeClassWriter();
        writer.visit(V17, ACC_FINAL | ACC_SUPER, NAME, null, parent, null);
        return writer;
    }

    private static void end(final MethodVisitor method) {
        method.visitMaxs(0, 0);
        method.visitEnd();
    }

    private static MethodHandles.Lookup define(final ClassWriter writer) throws IllegalAccessException {
        writer.visitEnd();
        return MethodHandles.lookup().defineHiddenClass(writer.toByteArray(), true);
    }
}
