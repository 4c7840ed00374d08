// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The foreign-function API of Java 22, by reflection: this code compiles for Java 17. Handles made here are as fast as
 * direct code once they sit in {@code static final} fields. Addresses travel as longs, which every supported
 * calling convention passes as it passes pointers.
 */
public final class Ffm {
    /** First Java in which native calls go through FFM. */
    static final int FIRST_FOREIGN_FUNCTION_JAVA = 22;

    private static final String PACKAGE = "java.lang.foreign.";

    private final Class<?> memorySegment = type("MemorySegment");
    private final Class<?> memoryLayout = type("MemoryLayout");
    private final Class<?> option = type("Linker$Option");
    private final Class<?> options = option.arrayType();
    private final Class<?> functionDescriptor = type("FunctionDescriptor");
    private final Class<?> linkerType = type("Linker");
    private final Object linker = call(linkerType, "nativeLinker", null);
    private final MethodHandle ofAddress;
    private final MethodHandle ofBuffer;

    public Ffm() {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            ofAddress = lookup.findStatic(memorySegment, "ofAddress", MethodType.methodType(memorySegment, long.class));
            ofBuffer = lookup.findStatic(memorySegment, "ofBuffer", MethodType.methodType(memorySegment, Buffer.class));
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("java.lang.foreign is not what Java 22 made it", e);
        }
    }

    /** Whether this JVM has the API in its final form. */
    public static boolean isPresent() {
        return Runtime.version().feature() >= FIRST_FOREIGN_FUNCTION_JAVA;
    }

    /** A handle of a libc function, by name. */
    MethodHandle function(final String name, final MethodType type, final Object... choices) {
        final Object lookup = call(linkerType, "defaultLookup", linker);
        final Object symbol = ((Optional<?>) call(type("SymbolLookup"), "find", lookup, name)).orElseThrow(
            () -> new IllegalStateException("the C library has no " + name));
        return (MethodHandle) invoke(
            method(linkerType, "downcallHandle", memorySegment, functionDescriptor, options),
            linker, symbol, descriptor(type), optionArray(choices));
    }

    /** A handle of the code at an address. */
    public MethodHandle at(final long address, final MethodType type, final Object... choices) {
        // The handle is bound to one segment: a segment made at each call is garbage until the JIT compiler sees that
        // it does not escape.
        return (MethodHandle) invoke(
            method(linkerType, "downcallHandle", memorySegment, functionDescriptor, options),
            linker, invoke(method(memorySegment, "ofAddress", long.class), null, address), descriptor(type),
            optionArray(choices));
    }

    /** A handle whose first argument, a long, is the address to call. */
    public MethodHandle anywhere(final MethodType type, final Object... choices) {
        final MethodHandle handle = (MethodHandle) invoke(
            method(linkerType, "downcallHandle", functionDescriptor, options),
            linker, descriptor(type), optionArray(choices));
        return MethodHandles.filterArguments(handle, 0, ofAddress);
    }

    /**
     * The option for short calls that never block: the thread does not leave the Java state, so a safepoint waits for
     * the call.
     */
    public Object critical() {
        return invoke(method(option, "critical", boolean.class), null, false);
    }

    /** The option that keeps errno; the handle then begins with a parameter for the segment that receives it. */
    Object captureErrno() {
        return invoke(method(option, "captureCallState", String[].class), null, (Object) new String[]{"errno"});
    }

    /** The option for calls of variadic functions. */
    Object firstVariadic(final int index) {
        return invoke(method(option, "firstVariadicArg", int.class), null, index);
    }

    /** A segment over a direct buffer. */
    Object segment(final ByteBuffer direct) {
        try {
            return ofBuffer.invoke((Buffer) direct);
        } catch (final Throwable e) {
            throw new IllegalStateException("MemorySegment.ofBuffer failed", e);
        }
    }

    /** The address of a segment's first byte. */
    long address(final Object segment) {
        return (long) call(memorySegment, "address", segment);
    }

    /** The NUL-terminated text at an address. */
    String textAt(final long address) {
        return (String) invoke(method(memorySegment, "getString", long.class), view(address, Integer.MAX_VALUE), 0L);
    }

    /** Native memory as a buffer. */
    ByteBuffer bufferAt(final long address, final long lengthBytes) {
        final Object view = view(address, lengthBytes);
        return ((ByteBuffer) call(memorySegment, "asByteBuffer", view)).order(ByteOrder.nativeOrder());
    }

    private Object view(final long address, final long lengthBytes) {
        final Object segment = invoke(method(memorySegment, "ofAddress", long.class), null, address);
        return invoke(method(memorySegment, "reinterpret", long.class), segment, lengthBytes);
    }

    private Object descriptor(final MethodType type) {
        final List<Object> layouts = new ArrayList<>();
        for (final Class<?> parameter : type.parameterList()) {
            layouts.add(layout(parameter));
        }
        final Object arguments = Array.newInstance(memoryLayout, layouts.size());
        for (int i = 0; i < layouts.size(); i++) {
            Array.set(arguments, i, layouts.get(i));
        }
        if (type.returnType() == void.class) {
            return invoke(method(functionDescriptor, "ofVoid", arguments.getClass()), null, arguments);
        }
        return invoke(method(functionDescriptor, "of", memoryLayout, arguments.getClass()), null,
            layout(type.returnType()), arguments);
    }

    private static Object layout(final Class<?> primitive) {
        try {
            return type("ValueLayout").getField(primitive == int.class ? "JAVA_INT" : "JAVA_LONG").get(null);
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("no layout for " + primitive, e);
        }
    }

    private Object optionArray(final Object... choices) {
        final Object array = Array.newInstance(option, choices.length);
        for (int i = 0; i < choices.length; i++) {
            Array.set(array, i, choices[i]);
        }
        return array;
    }

    private static Class<?> type(final String name) {
        try {
            return Class.forName(PACKAGE + name);
        } catch (final ClassNotFoundException e) {
            throw new IllegalStateException("this Java has no foreign-function API", e);
        }
    }

    private static Method method(final Class<?> type, final String name, final Class<?>... parameters) {
        try {
            return type.getMethod(name, parameters);
        } catch (final NoSuchMethodException e) {
            throw new IllegalStateException("java.lang.foreign is not what Java 22 made it", e);
        }
    }

    private static Object call(final Class<?> type, final String name, final Object target) {
        return invoke(method(type, name), target);
    }

    private static Object call(final Class<?> type, final String name, final Object target, final String argument) {
        return invoke(method(type, name, String.class), target, argument);
    }

    private static Object invoke(final Method method, final Object target, final Object... arguments) {
        try {
            return method.invoke(target, arguments);
        } catch (final IllegalAccessException e) {
            throw new IllegalStateException(method + " is not accessible", e);
        } catch (final InvocationTargetException e) {
            throw new IllegalStateException(method.getName() + " failed: " + e.getCause(), e.getCause());
        }
    }
}
