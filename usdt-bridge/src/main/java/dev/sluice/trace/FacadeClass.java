// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.objectweb.asm.Opcodes.ACC_FINAL;
import static org.objectweb.asm.Opcodes.ACC_PRIVATE;
import static org.objectweb.asm.Opcodes.ACC_PUBLIC;
import static org.objectweb.asm.Opcodes.ACC_STATIC;
import static org.objectweb.asm.Opcodes.ACC_SUPER;
import static org.objectweb.asm.Opcodes.ACC_SYNTHETIC;
import static org.objectweb.asm.Opcodes.V17;

import dev.sluice.os.jvm.Thrown;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The hidden class that implements a typed interface: each method calls a constant handle of {@link FiringClass}. It
 * names no class of the library, so it can be defined in the interface's class loader, whatever that loader can see.
 */
final class FacadeClass {
    private static final String HANDLE = Type.getInternalName(MethodHandle.class);
    private static final String HANDLES = Type.getInternalName(MethodHandles.class);
    private static final String LOOKUP = Type.getDescriptor(MethodHandles.Lookup.class);
    private static final String OBJECT = Type.getInternalName(Object.class);
    private static final String ANCHOR_METHOD = "lookup";
    private static final String INVOKE = "invokeExact";
    /** No name of a method of Java's. */
    private static final String LINK = "link-";

    private FacadeClass() {
    }

    /** A class loader for interfaces whose own package is closed to the library. */
    private static final class Loader extends ClassLoader {
        Loader(final ClassLoader parent) {
            super("sluice", parent);
        }

        Class<?> define(final byte[] code) {
            return defineClass(null, code, 0, code.length);
        }
    }

    /**
     * Makes the implementation.
     *
     * @param home     what {@link #home} returned
     * @param declared the interface
     * @param handles  of the interface's methods
     */
    static Object define(final MethodHandles.Lookup home, final TypedInterface declared,
                         final FiringClass.Handles handles) {
        try {
            final byte[] code = implementation(home.lookupClass().getPackageName(), declared, handles);
            final List<MethodHandle> data = new ArrayList<>(handles.ofMethods());
            data.addAll(handles.ofNothing());
            final MethodHandles.Lookup inside = home.defineHiddenClassWithClassData(code, data, true);
            return inside.findConstructor(inside.lookupClass(), MethodType.methodType(void.class)).invoke();
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /**
     * A lookup that can define a hidden class which sees an interface.
     *
     * @param caller of the application, or null if it gave none
     * @throws IllegalArgumentException if there is none
     */
    static MethodHandles.Lookup home(final Class<?> type, final MethodHandles.Lookup caller) {
        try {
            return caller == null ? find(type) : check(type, caller);
        } catch (final IllegalAccessException e) {
            throw new IllegalArgumentException(type.getTypeName() + " cannot be implemented by Sluice ("
                + e.getMessage() + "): pass a lookup of its own package, Sluice.provider(" + type.getSimpleName()
                + ".class, MethodHandles.lookup())", e);
        }
    }

    private static MethodHandles.Lookup check(final Class<?> type, final MethodHandles.Lookup caller)
        throws IllegalAccessException {
        caller.accessClass(type);
        if (!caller.hasFullPrivilegeAccess()) {
            throw new IllegalAccessException("the lookup has lost its privileges: " + caller);
        }
        return caller;
    }

    private static MethodHandles.Lookup find(final Class<?> type) throws IllegalAccessException {
        try {
            final MethodHandles.Lookup inside = inside(type);
            return inside.hasFullPrivilegeAccess() ? inside : anchor(type, inside);
        } catch (final IllegalAccessException e) {
            if (!isPublic(type) || !type.getModule().isExported(type.getPackageName())) {
                throw e;
            }
            final Class<?> anchor = new Loader(type.getClassLoader())
                .define(anchorCode("sluice/generated/" + type.getSimpleName()));
            return lookupOf(anchor, inside(anchor));
        }
    }

    private static MethodHandles.Lookup inside(final Class<?> type) throws IllegalAccessException {
        // This module must read the module of the interface that it implements, and no module descriptor declares that.
        FacadeClass.class.getModule().addReads(type.getModule());
        return MethodHandles.privateLookupIn(type, MethodHandles.lookup());
    }

    private static boolean isPublic(final Class<?> type) {
        for (Class<?> one = type; one != null; one = one.getDeclaringClass()) {
            if (!Modifier.isPublic(one.getModifiers())) {
                return false;
            }
        }
        return true;
    }

    /**
     * A lookup into another module may define ordinary classes but no hidden classes. The lookup of such an ordinary
     * class may define hidden classes too. A class that an earlier attempt has left behind serves as well.
     */
    private static MethodHandles.Lookup anchor(final Class<?> type, final MethodHandles.Lookup inside)
        throws IllegalAccessException {
        final String name = type.getName() + "$Sluice";
        Class<?> anchor;
        try {
            anchor = inside.defineClass(anchorCode(name.replace('.', '/')));
        } catch (final LinkageError e) {
            try {
                anchor = Class.forName(name, false, type.getClassLoader());
            } catch (final ClassNotFoundException missing) {
                throw e;
            }
        }
        return lookupOf(anchor, inside);
    }

    private static MethodHandles.Lookup lookupOf(final Class<?> anchor, final MethodHandles.Lookup inside) {
        try {
            return (MethodHandles.Lookup) inside.findStatic(anchor, ANCHOR_METHOD,
                MethodType.methodType(MethodHandles.Lookup.class)).invoke();
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    private static byte[] anchorCode(final String name) {
        final ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        writer.visit(V17, ACC_FINAL | ACC_SUPER | ACC_SYNTHETIC, name, null, OBJECT, null);
        final MethodVisitor method = writer.visitMethod(ACC_STATIC, ANCHOR_METHOD, "()" + LOOKUP, null, null);
        method.visitCode();
        method.visitMethodInsn(Opcodes.INVOKESTATIC, HANDLES, "lookup", "()" + LOOKUP, false);
        method.visitInsn(Opcodes.ARETURN);
        method.visitMaxs(0, 0);
        method.visitEnd();
        writer.visitEnd();
        return writer.toByteArray();
    }

    private static byte[] implementation(final String packageName, final TypedInterface declared,
                                         final FiringClass.Handles handles) {
        final ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        final String name = (packageName.isEmpty() ? "" : packageName.replace('.', '/') + '/')
            + declared.type().getSimpleName() + "$Sluice";
        writer.visit(V17, ACC_FINAL | ACC_SUPER | ACC_SYNTHETIC, name, null, OBJECT,
            new String[] {Type.getInternalName(declared.type())});
        final MethodVisitor constructor = writer.visitMethod(0, "<init>", "()V", null, null);
        constructor.visitCode();
        constructor.visitVarInsn(Opcodes.ALOAD, 0);
        constructor.visitMethodInsn(Opcodes.INVOKESPECIAL, OBJECT, "<init>", "()V", false);
        constructor.visitInsn(Opcodes.RETURN);
        end(constructor);
        final MethodVisitor initializer = writer.visitMethod(ACC_STATIC, "<clinit>", "()V", null, null);
        initializer.visitCode();
        final int methods = handles.ofMethods().size();
        for (int i = 0; i < methods; i++) {
            final boolean isCalled = handles.ofMethods().get(i) != null;
            if (isCalled) {
                writer.visitField(ACC_PRIVATE | ACC_STATIC | ACC_FINAL, "handle" + i, 'L' + HANDLE + ';', null, null);
                takeHandle(initializer, i);
                initializer.visitFieldInsn(Opcodes.PUTSTATIC, name, "handle" + i, 'L' + HANDLE + ';');
            }
            addMethod(writer, name, declared.methods().get(i), isCalled ? "handle" + i : null);
        }
        for (int i = 0; i < handles.ofNothing().size(); i++) {
            addLink(writer, LINK + i, methods + i, handles.ofNothing().get(i).type());
            initializer.visitMethodInsn(Opcodes.INVOKESTATIC, name, LINK + i, "()V", false);
        }
        initializer.visitInsn(Opcodes.RETURN);
        end(initializer);
        final MethodVisitor text = writer.visitMethod(ACC_PUBLIC, "toString", "()Ljava/lang/String;", null, null);
        text.visitCode();
        text.visitLdcInsn(declared.provider() + " as " + declared.type().getTypeName());
        text.visitInsn(Opcodes.ARETURN);
        end(text);
        writer.visitEnd();
        return writer.toByteArray();
    }

    /**
     * Adds a method that calls a handle which does nothing. All calls of handles of one type are one entry of the
     * class's constants, so this links the methods' calls too: else the first call of each type, on or off, would do
     * that, which takes a millisecond or two of its caller. It is a method of its own because of the greatest length of
     * a method.
     */
    private static void addLink(final ClassWriter writer, final String link, final int index, final MethodType type) {
        final MethodVisitor code = writer.visitMethod(ACC_PRIVATE | ACC_STATIC, link, "()V", null, null);
        code.visitCode();
        takeHandle(code, index);
        for (final Class<?> parameter : type.parameterArray()) {
            code.visitInsn(parameter == long.class ? Opcodes.LCONST_0 : parameter == double.class ? Opcodes.DCONST_0
                : parameter == float.class ? Opcodes.FCONST_0 : parameter.isPrimitive() ? Opcodes.ICONST_0
                : Opcodes.ACONST_NULL);
        }
        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, HANDLE, INVOKE, type.toMethodDescriptorString(), false);
        code.visitInsn(Opcodes.POP);
        code.visitInsn(Opcodes.RETURN);
        end(code);
    }

    /** Loads one of the class's data. */
    private static void takeHandle(final MethodVisitor initializer, final int index) {
        initializer.visitMethodInsn(Opcodes.INVOKESTATIC, HANDLES, "lookup", "()" + LOOKUP, false);
        initializer.visitLdcInsn("_");
        initializer.visitLdcInsn(Type.getObjectType(HANDLE));
        initializer.visitLdcInsn(index);
        initializer.visitMethodInsn(Opcodes.INVOKESTATIC, HANDLES, "classDataAt",
            '(' + LOOKUP + "Ljava/lang/String;Ljava/lang/Class;I)Ljava/lang/Object;", false);
        initializer.visitTypeInsn(Opcodes.CHECKCAST, HANDLE);
    }

    private static void addMethod(final ClassWriter writer, final String name, final TypedMethod typed,
                                  final String handle) {
        final Method method = typed.method();
        final MethodVisitor code =
            writer.visitMethod(ACC_PUBLIC, method.getName(), Type.getMethodDescriptor(method), null, null);
        code.visitCode();
        if (handle == null) {
            code.visitInsn(Opcodes.ICONST_0);
        } else {
            code.visitFieldInsn(Opcodes.GETSTATIC, name, handle, 'L' + HANDLE + ';');
            int slot = 1;
            for (final Class<?> parameter : method.getParameterTypes()) {
                code.visitVarInsn(Type.getType(parameter).getOpcode(Opcodes.ILOAD), slot);
                slot += Type.getType(parameter).getSize();
            }
            code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, HANDLE, INVOKE,
                FiringClass.typeOf(typed).toMethodDescriptorString(), false);
        }
        if (method.getReturnType() == void.class) {
            code.visitInsn(Opcodes.POP);
            code.visitInsn(Opcodes.RETURN);
        } else {
            code.visitInsn(Opcodes.IRETURN);
        }
        end(code);
    }

    private static void end(final MethodVisitor method) {
        method.visitMaxs(0, 0);
        method.visitEnd();
    }
}
