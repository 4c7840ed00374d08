// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import dev.sluice.os.Ffm;
import dev.sluice.os.JnaMapping;
import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The source of the handles of {@link StubCalls}. All arguments and results are longs; a call's first argument is the
 * stub.
 */
interface StubBinding {
    /**
     * System property: {@code ffm}, {@code jni} or {@code jna}. Default: {@code ffm} from Java 22 on, before that
     * {@code jni}, or {@code jna} if the JVM cannot load the library for {@code jni}.
     */
    String PROPERTY = "sluice.usdt.calls";

    /** The binding for this JVM. Loads a small object of code that the binding needs. */
    static StubBinding create() {
        final Architecture architecture = Architecture.current().orElseThrow();
        final String wanted = System.getProperty(PROPERTY);
        if (wanted == null) {
            return Ffm.isPresent() ? new FfmBinding(architecture) : withoutFfm(architecture);
        }
        return switch (wanted) {
            case "ffm" -> new FfmBinding(architecture);
            case "jni" -> new JniBinding(architecture);
            case "jna" -> new JnaBinding(architecture);
            default -> throw new IllegalArgumentException(PROPERTY + "=" + wanted + " is none of ffm, jni, jna");
        };
    }

    private static StubBinding withoutFfm(final Architecture architecture) {
        try {
            return new JniBinding(architecture);
        } catch (final NativeException | LinkageError e) {
            // This JVM cannot load the library. JNA has loaded its own library already, and calls the same code, but
            // slower.
            return new JnaBinding(architecture);
        }
    }

    /** A handle that calls a stub with so many arguments. */
    MethodHandle trap(int arguments) throws ReflectiveOperationException;

    /** A handle that calls a stub with three arguments. The JVM can reach a safepoint during the call. */
    MethodHandle drain() throws ReflectiveOperationException;

    /** A handle that returns the processor's counter. */
    MethodHandle counter() throws ReflectiveOperationException;

    /** A handle that returns the processor's counter, read after all earlier loads. */
    MethodHandle counterInOrder() throws ReflectiveOperationException;

    /** The address of code that does nothing but return, whatever its arguments. */
    long nothing();

    /** Whether a call costs less than System.nanoTime. */
    default boolean isCheap() {
        return true;
    }

    private static MethodType longs(final Class<?> result, final int count) {
        return MethodType.methodType(result, Collections.nCopies(count, long.class));
    }

    private static StubLoader.LoadedObject loadCode(final StubObject object) {
        return StubLoader.loadObject(NativeCalls.get(), "sluice-calls", object, StubBacking.configured());
    }

    /** Handles from the foreign-function API, which call the stub itself. */
    final class FfmBinding implements StubBinding {
        private final Ffm ffm = new Ffm();
        private final long counterAddress;
        private final long counterInOrderAddress;
        private final long nothingAddress;

        FfmBinding(final Architecture architecture) {
            final StubObject object = StubObject.ofFunctions(architecture,
                List.of(new StubObject.Function("sluice_read_counter", architecture.readCounter()),
                    new StubObject.Function("sluice_read_counter_in_order", architecture.readCounterInOrder()),
                    new StubObject.Function("sluice_nothing", architecture.ownReturn())));
            final long address = loadCode(object).address();
            counterAddress = address + object.codeOffset(0);
            counterInOrderAddress = address + object.codeOffset(1);
            nothingAddress = address + object.codeOffset(2);
        }

        @Override
        public MethodHandle trap(final int arguments) {
            return ffm.anywhere(longs(void.class, arguments), ffm.critical());
        }

        @Override
        public MethodHandle drain() {
            return ffm.anywhere(longs(void.class, 3));
        }

        @Override
        public MethodHandle counter() {
            return ffm.at(counterAddress, longs(long.class, 0), ffm.critical());
        }

        @Override
        public MethodHandle counterInOrder() {
            return ffm.at(counterInOrderAddress, longs(long.class, 0), ffm.critical());
        }

        @Override
        public long nothing() {
            return nothingAddress;
        }
    }

    /** Handles of static native methods, whose machine code calls the stub. */
    final class JniBinding implements StubBinding {
        JniBinding(final Architecture architecture) {
            final List<StubObject.Function> functions = new ArrayList<>();
            for (final Method method : NativeMethods.class.getDeclaredMethods()) {
                if (Modifier.isNative(method.getModifiers())) {
                    functions.add(new StubObject.Function(
                        symbol(NativeMethods.class.getName(), method.getName()), code(architecture, method.getName())));
                }
            }
            StubLoader.loadLibrary(NativeCalls.get(), "sluice-methods",
                StubObject.ofFunctions(architecture, functions), StubBacking.configured());
            // Only a call shows whether the JVM finds the native methods.
            NativeMethods.counter();
        }

        private static byte[] code(final Architecture architecture, final String method) {
            return switch (method) {
                case "counter" -> architecture.readCounter();
                case "counterInOrder" -> architecture.readCounterInOrder();
                case "nothing" -> architecture.ownReturn();
                case "call12" -> architecture.wideNativeMethod();
                default -> architecture.nativeMethod();
            };
        }

        /**
         * The symbol under which the JVM looks for a native method. It is computed at run time, because the class may
         * have been renamed since it was compiled.
         */
        static String symbol(final String type, final String method) {
            final StringBuilder symbol = new StringBuilder("Java_");
            for (final char c : (type + '.' + method).toCharArray()) {
                if (c == '.') {
                    symbol.append('_');
                } else if (c == '_') {
                    symbol.append("_1");
                } else if (c < 128 && Character.isLetterOrDigit(c)) {
                    symbol.append(c);
                } else {
                    symbol.append(String.format("_0%04x", (int) c));
                }
            }
            return symbol.toString();
        }

        @Override
        public MethodHandle trap(final int arguments) throws ReflectiveOperationException {
            return find("call" + arguments, longs(void.class, arguments + 1));
        }

        @Override
        public MethodHandle drain() throws ReflectiveOperationException {
            // A native method always leaves the Java state, so a safepoint does not wait for it.
            return trap(3);
        }

        @Override
        public MethodHandle counter() throws ReflectiveOperationException {
            return find("counter", longs(long.class, 0));
        }

        @Override
        public MethodHandle counterInOrder() throws ReflectiveOperationException {
            return find("counterInOrder", longs(long.class, 0));
        }

        @Override
        public long nothing() {
            return NativeMethods.nothing();
        }

        private static MethodHandle find(final String name, final MethodType type)
            throws ReflectiveOperationException {
            return MethodHandles.lookup().findStatic(NativeMethods.class, name, type);
        }
    }

    /** The native methods whose code {@link JniBinding} loads. */
    final class NativeMethods {
        private NativeMethods() {
        }

        static native void call0(long stub);

        static native void call1(long stub, long a0);

        static native void call2(long stub, long a0, long a1);

        static native void call3(long stub, long a0, long a1, long a2);

        static native void call4(long stub, long a0, long a1, long a2, long a3);

        static native void call5(long stub, long a0, long a1, long a2, long a3, long a4);

        static native void call6(long stub, long a0, long a1, long a2, long a3, long a4, long a5);

        static native void call12(long stub, long a0, long a1, long a2, long a3, long a4, long a5, long a6, long a7,
            long a8, long a9, long a10, long a11);

        static native long counter();

        static native long counterInOrder();

        static native long nothing();
    }

    /**
     * Handles of trampolines that JNA has mapped: JNA can only call a named function, so such a function calls the
     * stub.
     */
    final class JnaBinding implements StubBinding {
        /** Index of that function. */
        private static final int NOTHING = 10;

        private final JnaMapping mapping;
        private final long nothingAddress;

        JnaBinding(final Architecture architecture) {
            final StubObject object = StubObject.ofFunctions(architecture, List.of(
                new StubObject.Function("call0", architecture.trampoline()),
                new StubObject.Function("call1", architecture.trampoline()),
                new StubObject.Function("call2", architecture.trampoline()),
                new StubObject.Function("call3", architecture.trampoline()),
                new StubObject.Function("call4", architecture.trampoline()),
                new StubObject.Function("call5", architecture.trampoline()),
                new StubObject.Function("call6", architecture.trampoline()),
                new StubObject.Function("call12", architecture.wideTrampoline()),
                new StubObject.Function("counter", architecture.readCounter()),
                new StubObject.Function("counterInOrder", architecture.readCounterInOrder()),
                new StubObject.Function("nothing", architecture.ownReturn())));
            final StubLoader.LoadedObject code = loadCode(object);
            mapping = new JnaMapping(Trampolines.class, code.path());
            nothingAddress = code.address() + object.codeOffset(NOTHING);
        }

        @Override
        public boolean isCheap() {
            return false;
        }

        @Override
        public MethodHandle trap(final int arguments) throws ReflectiveOperationException {
            return mapping.find("call" + arguments, longs(void.class, arguments + 1));
        }

        @Override
        public MethodHandle drain() throws ReflectiveOperationException {
            // A call through JNA always leaves the Java state, so a safepoint does not wait for it.
            return trap(3);
        }

        @Override
        public MethodHandle counter() throws ReflectiveOperationException {
            return mapping.find("counter", longs(long.class, 0));
        }

        @Override
        public MethodHandle counterInOrder() throws ReflectiveOperationException {
            return mapping.find("counterInOrder", longs(long.class, 0));
        }

        @Override
        public long nothing() {
            return nothingAddress;
        }
    }
}
