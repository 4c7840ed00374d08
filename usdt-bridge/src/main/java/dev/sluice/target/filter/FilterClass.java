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
 * Makes hidden classes of tests: one for events that are fired by name, and one for each method of a typed interface.
 * They go when nothing calls them any more. Stateless; any thread.
 */
public final class FilterClass {
    private static final String NAME = Type.getInternalName(FilterClass.class) + "$Code";
    private static final String FILTER = Type.getInternalName(EventFilter.class);
    private static final String TYPED = "test";
    private static final int MOST_INTEGERS = 6;

    private FilterClass() {
    }

    /** Computes frames without loading a class: no two types but primitive ones meet in this code. */
    private static final class SafeClassWriter extends ClassWriter {
        SafeClassWriter() {
            super(COMPUTE_FRAMES);
        }

        @Override
        protected String getCommonSuperClass(final String one, final String other) {
            return Type.getInternalName(Object.class);
        }
    }

    /** The code for events that are fired by name. */
    public static EventFilter named(final List<FieldSchema> fields, final EventTest test) {
        final ClassWriter writer = begin(FILTER);
        final MethodVisitor constructor = writer.visitMethod(0, "<init>", "()V", null, null);
        constructor.visitCode();
        constructor.visitVarInsn(Opcodes.ALOAD, 0);
        constructor.visitMethodInsn(Opcodes.INVOKESPECIAL, FILTER, "<init>", "()V", false);
        constructor.visitInsn(Opcodes.RETURN);
        end(constructor);
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
        new TestCode(method, new EncodedCode(method, fields)).write(test);
        end(method);
        try {
            final MethodHandles.Lookup inside = define(writer);
            return (EventFilter) inside.findConstructor(inside.lookupClass(), MethodType.methodType(void.class))
                .invoke();
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
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
