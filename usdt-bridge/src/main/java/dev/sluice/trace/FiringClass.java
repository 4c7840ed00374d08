// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.objectweb.asm.Opcodes.ACC_FINAL;
import static org.objectweb.asm.Opcodes.ACC_PRIVATE;
import static org.objectweb.asm.Opcodes.ACC_STATIC;
import static org.objectweb.asm.Opcodes.ACC_SUPER;
import static org.objectweb.asm.Opcodes.V17;

import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.memory.Memory;
import dev.sluice.target.LiveTarget;
import dev.sluice.target.filter.FilterSite;
import dev.sluice.target.filter.SafeClassWriter;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The hidden class that does what a typed interface's methods say: a static method for each, in our own package, with
 * the tracepoint's address, id and lengths as constants in its code. It does not name the interface: its methods'
 * parameters have types that every class loader shares.
 */
final class FiringClass {
    static final String MEMORY = Type.getInternalName(Memory.class);

    private static final String FILTER = "filter";
    private static final String NOTHING = "nothing";
    private static final String NAME = Type.getInternalName(FiringClass.class) + "$Methods";

    private final ClassWriter writer = new SafeClassWriter();
    private final List<String> names = new ArrayList<>();
    private final List<MethodType> types = new ArrayList<>();
    /** The places that filter events; those of a method that is off for ever are not there. */
    private final List<FilterSite> sites = new ArrayList<>();
    private final List<Tracepoint> filtered = new ArrayList<>();
    /** The types of the methods that are not off for ever. */
    private final Set<MethodType> called = new LinkedHashSet<>();

    /**
     * The handles of an interface's methods.
     *
     * @param ofMethods in the methods' order; each returns a boolean; null for a method that is off for ever
     * @param ofNothing a handle of each type that is among them, which does nothing: the JVM links calls by their type
     */
    record Handles(List<MethodHandle> ofMethods, List<MethodHandle> ofNothing) {
    }

    private FiringClass() {
        writer.visit(V17, ACC_FINAL | ACC_SUPER, NAME, null, Type.getInternalName(Object.class), null);
    }

    /**
     * Makes the handles of an interface's methods.
     *
     * @param methods     the methods of an interface
     * @param tracepoints the tracepoints of the methods that fire, in the methods' order
     */
    static Handles define(final List<TypedMethod> methods, final List<Tracepoint> tracepoints) {
        final FiringClass code = new FiringClass();
        final Map<String, Tracepoint> bySignature = new HashMap<>();
        for (int i = 0; i < methods.size(); i++) {
            final TypedMethod method = methods.get(i);
            if (method.isGuard()) {
                code.addGuard(i, method.guarded().stream().map(one -> bySignature.get(TypedMethod.signature(one)))
                    .filter(Tracepoint::isLoaded).toList());
            } else {
                bySignature.put(method.signature(), tracepoints.get(i));
                code.addFiring(i, method, tracepoints.get(i));
            }
        }
        code.addNothing();
        code.writer.visitEnd();
        return code.handles();
    }

    private Handles handles() {
        final List<MethodHandle> handles = new ArrayList<>();
        final List<MethodHandle> nothing = new ArrayList<>();
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup()
                .defineHiddenClassWithClassData(writer.toByteArray(), List.copyOf(sites), true);
            for (int i = 0; i < sites.size(); i++) {
                sites.get(i).isIn(lookup, FILTER + i);
                filtered.get(i).filterAt(sites.get(i));
            }
            for (int i = 0; i < names.size(); i++) {
                handles.add(names.get(i) == null ? null
                    : lookup.findStatic(lookup.lookupClass(), names.get(i), types.get(i)));
            }
            for (final MethodType type : called) {
                nothing.add(lookup.findStatic(lookup.lookupClass(), NOTHING, type));
            }
        } catch (final ReflectiveOperationException e) {
            // This cannot happen: the lookup is this class's own, and the names are those of the methods written above.
            throw new IllegalStateException(e);
        }
        return new Handles(handles, nothing);
    }

    /** Adds for each type a method that does nothing. */
    private void addNothing() {
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i) != null) {
                called.add(types.get(i));
            }
        }
        for (final MethodType type : called) {
            final MethodVisitor method = begin(NOTHING, type.toMethodDescriptorString());
            method.visitInsn(Opcodes.ICONST_0);
            method.visitInsn(Opcodes.IRETURN);
            end(method);
        }
    }

    /** The parameter's type, or in its place a type that every class loader knows. */
    static Class<?> shared(final Class<?> type) {
        return type.isEnum() ? Enum.class : type;
    }

    static MethodType typeOf(final TypedMethod method) {
        final Class<?>[] parameters = method.method().getParameterTypes();
        for (int i = 0; i < parameters.length; i++) {
            parameters[i] = shared(parameters[i]);
        }
        return MethodType.methodType(boolean.class, parameters);
    }

    private MethodVisitor begin(final String name, final String descriptor) {
        final MethodVisitor method =
            writer.visitMethod(ACC_PRIVATE | ACC_STATIC, name, descriptor, null, null);
        method.visitCode();
        return method;
    }

    private static void end(final MethodVisitor method) {
        method.visitMaxs(0, 0);
        method.visitEnd();
    }

    private void addGuard(final int index, final List<Tracepoint> guarded) {
        types.add(MethodType.methodType(boolean.class));
        if (guarded.isEmpty()) {
            names.add(null);
            return;
        }
        names.add("guard" + index);
        final MethodVisitor method = begin("guard" + index, "()Z");
        final Label enabled = new Label();
        for (final Tracepoint tracepoint : guarded) {
            loadWord(method, tracepoint);
            method.visitJumpInsn(Opcodes.IFNE, enabled);
        }
        method.visitInsn(Opcodes.ICONST_0);
        method.visitInsn(Opcodes.IRETURN);
        method.visitLabel(enabled);
        method.visitInsn(Opcodes.ICONST_1);
        method.visitInsn(Opcodes.IRETURN);
        end(method);
    }

    private static void loadWord(final MethodVisitor method, final Tracepoint tracepoint) {
        method.visitLdcInsn(tracepoint.wordAddress());
        method.visitMethodInsn(Opcodes.INVOKESTATIC, MEMORY, "getIntOpaque", "(J)I", false);
    }

    private void addFiring(final int index, final TypedMethod typed, final Tracepoint tracepoint) {
        final MethodType type = typeOf(typed);
        types.add(type);
        if (!tracepoint.isLoaded()) {
            names.add(null);
            return;
        }
        // This method is small enough to be inlined into any caller: a load, a branch, and a call for everything else.
        // A filter has no part in it: its bit makes the word another one than that of the usual case.
        final String name = "fire" + index;
        names.add(name);
        final MethodVisitor method = begin(name, type.toMethodDescriptorString());
        final Label on = new Label();
        loadWord(method, tracepoint);
        final int slot = slots(type)[type.parameterCount()];
        method.visitInsn(Opcodes.DUP);
        method.visitVarInsn(Opcodes.ISTORE, slot);
        method.visitJumpInsn(Opcodes.IFNE, on);
        method.visitInsn(Opcodes.ICONST_0);
        method.visitInsn(Opcodes.IRETURN);
        method.visitLabel(on);
        final String trapName = tracepoint.stub() == 0 ? null : "trap" + index;
        final MethodType wordType = type.appendParameterTypes(int.class);
        final MethodType anyType = wordType.appendParameterTypes(long.class);
        loadParameters(method, wordType);
        method.visitMethodInsn(Opcodes.INVOKESTATIC, NAME, name + "On", wordType.toMethodDescriptorString(), false);
        method.visitInsn(Opcodes.IRETURN);
        end(method);
        final MethodVisitor onMethod = begin(name + "On", wordType.toMethodDescriptorString());
        new FiringCode(onMethod, tracepoint, type).writeUsual(NAME, name + "Any", name + "Filtered");
        end(onMethod);
        addFilter(tracepoint, type);
        final MethodVisitor filteredMethod = begin(name + "Filtered", wordType.toMethodDescriptorString());
        new FiringCode(filteredMethod, tracepoint, type).writeFiltered(NAME, FILTER + (sites.size() - 1), name + "On",
            name + "Any");
        end(filteredMethod);
        final MethodVisitor anyMethod = begin(name + "Any", anyType.toMethodDescriptorString());
        new FiringCode(anyMethod, tracepoint, type).write(NAME, trapName);
        end(anyMethod);
        if (trapName != null) {
            final MethodType trapType = type.changeReturnType(void.class);
            final MethodVisitor trapMethod = begin(trapName, trapType.toMethodDescriptorString());
            new TrapCode(trapMethod, tracepoint, type).write();
            end(trapMethod);
        }
    }

    /** Adds a method that is nothing but the place where the filter is called, so that it can be linked by itself. */
    private void addFilter(final Tracepoint tracepoint, final MethodType type) {
        final int index = sites.size();
        sites.add(new FilterSite(type));
        filtered.add(tracepoint);
        final MethodVisitor method = begin(FILTER + index, type.toMethodDescriptorString());
        loadParameters(method, type);
        method.visitInvokeDynamicInsn(FILTER, type.toMethodDescriptorString(), FilterSite.BOOTSTRAP, index);
        method.visitInsn(Opcodes.IRETURN);
        end(method);
    }

    /** The slots of a static method's parameters; the last element is the slot of its first local variable. */
    static int[] slots(final MethodType type) {
        final int[] slots = new int[type.parameterCount() + 1];
        for (int i = 0; i < type.parameterCount(); i++) {
            slots[i + 1] = slots[i] + Type.getType(type.parameterType(i)).getSize();
        }
        return slots;
    }

    /** Loads a plain parameter as an int or a long: a float as its bits, an enumeration as its code. */
    static void loadBits(final MethodVisitor method, final Class<?> type, final int slot, final FieldType field) {
        method.visitVarInsn(Type.getType(type).getOpcode(Opcodes.ILOAD), slot);
        if (type == double.class) {
            method.visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/Double", "doubleToRawLongBits", "(D)J", false);
        } else if (type == float.class) {
            method.visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/Float", "floatToRawIntBits", "(F)I", false);
        } else if (type == Enum.class) {
            method.visitLdcInsn(NullValue.code(field));
            method.visitMethodInsn(Opcodes.INVOKESTATIC, Type.getInternalName(LiveTarget.class), "code",
                "(Ljava/lang/Enum;I)I", false);
        }
    }

    static void loadParameters(final MethodVisitor method, final MethodType type) {
        final int[] slots = slots(type);
        for (int i = 0; i < type.parameterCount(); i++) {
            method.visitVarInsn(Type.getType(type.parameterType(i)).getOpcode(Opcodes.ILOAD), slots[i]);
        }
    }
}
