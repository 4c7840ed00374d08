// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import dev.sluice.ring.memory.Memory;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Loads a second copy of the ring's classes, in which every access of {@link Memory} reports to {@link StoreMeter}, and
 * in which a method may carry a seeded fault. The memory that the copies write is read by the ordinary classes.
 */
final class InstrumentedLoader extends ClassLoader {
    private static final String PACKAGE = "dev.sluice.ring.";
    private static final String MEMORY = "dev/sluice/ring/memory/Memory";
    private static final String METER = "dev/sluice/ring/StoreMeter";
    /** Both copies speak through these, so there is one of each. */
    private static final Set<String> SHARED = Set.of("StoreMeter", "DeferredStore", "RingRun");

    private final SeededFault fault;

    /** A copy with a fault, or without if it is null. */
    InstrumentedLoader(final SeededFault fault) {
        super(InstrumentedLoader.class.getClassLoader());
        this.fault = fault;
    }

    /** The instrumented copy of {@link RingScenario} for a run. */
    Runnable scenario(final RingRun run) {
        try {
            return (Runnable) loadClass(PACKAGE + "RingScenario").getConstructor(RingRun.class).newInstance(run);
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("the scenario does not load: " + e, e);
        }
    }

    @Override
    protected Class<?> loadClass(final String name, final boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(PACKAGE) || SHARED.contains(name.substring(PACKAGE.length()).split("\\$")[0])) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            final Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : define(name);
        }
    }

    private Class<?> define(final String name) throws ClassNotFoundException {
        try (InputStream stream = getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (stream == null) {
                throw new ClassNotFoundException(name);
            }
            final ClassReader reader = new ClassReader(stream);
            final ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
            reader.accept(new Rewriter(reader.getClassName(), writer), 0);
            final byte[] bytes = writer.toByteArray();
            return defineClass(name, bytes, 0, bytes.length);
        } catch (final IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private final class Rewriter extends ClassVisitor {
        private final String className;

        Rewriter(final String className, final ClassVisitor next) {
            super(Opcodes.ASM9, next);
            this.className = className;
        }

        @Override
        public MethodVisitor visitMethod(final int access, final String name, final String descriptor,
                                         final String signature, final String[] exceptions) {
            final MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
            if (className.equals(MEMORY) && descriptor.startsWith("(J")) {
                return new Metering(name, next);
            }
            final String simpleName = className.substring(className.lastIndexOf('/') + 1);
            return fault == null ? next : fault.rewrite(simpleName, name, next);
        }
    }

    /** Reports to the meter before anything else is done. */
    private static final class Metering extends MethodVisitor {
        private static final int SECOND_LONG = 2;

        private final String name;

        Metering(final String name, final MethodVisitor next) {
            super(Opcodes.ASM9, next);
            this.name = name;
        }

        @Override
        public void visitCode() {
            super.visitCode();
            super.visitVarInsn(Opcodes.LLOAD, name.equals("copy") ? SECOND_LONG : 0);
            super.visitMethodInsn(
                Opcodes.INVOKESTATIC, METER, name.startsWith("get") ? "load" : "store", "(J)V", false);
        }
    }
}
