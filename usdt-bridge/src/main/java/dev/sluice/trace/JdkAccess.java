// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.usdt.Remedy;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;

/**
 * Gives the library the one export of java.base that Agrona needs. With the launcher's flag there is nothing to do;
 * else the trusted lookup is fetched through sun.misc.Unsafe, which works without a flag on 17 (silently) to 25 (the
 * JDK prints a warning of its own). Reached by reflection, because naming sun.misc.Unsafe is a compiler warning.
 */
final class JdkAccess {
    private static final String PACKAGE = "jdk.internal.misc";
    private static final String REMEDY = "start the JVM with --add-exports java.base/" + PACKAGE + '='
        + (JdkAccess.class.getModule().isNamed() ? JdkAccess.class.getModule().getName() : "ALL-UNNAMED");

    private JdkAccess() {
    }

    /**
     * Makes the export.
     *
     * @return the reason why it could not be made, or null
     */
    static String open() {
        final Module base = Object.class.getModule();
        final Module own = JdkAccess.class.getModule();
        if (base.isExported(PACKAGE, own)) {
            return null;
        }
        try {
            final Class<?> unsafeClass = Class.forName("sun.misc.Unsafe");
            final Field theUnsafe = unsafeClass.getDeclaredField("theUnsafe");
            theUnsafe.setAccessible(true);
            final Object unsafe = theUnsafe.get(null);
            final Field lookup = MethodHandles.Lookup.class.getDeclaredField("IMPL_LOOKUP");
            final Method base0 = unsafeClass.getMethod("staticFieldBase", Field.class);
            final Method offset = unsafeClass.getMethod("staticFieldOffset", Field.class);
            final Method getObject = unsafeClass.getMethod("getObject", Object.class, long.class);
            final MethodHandles.Lookup trusted = (MethodHandles.Lookup) getObject.invoke(unsafe,
                base0.invoke(unsafe, lookup), offset.invoke(unsafe, lookup));
            final MethodHandle export = trusted.findVirtual(Module.class, "implAddExports",
                MethodType.methodType(void.class, String.class, Module.class));
            export.invoke(base, PACKAGE, own);
            return base.isExported(PACKAGE, own) ? null : REMEDY;
        } catch (final VirtualMachineError e) {
            throw e;
        } catch (final Throwable e) {
            final Throwable cause = e instanceof java.lang.reflect.InvocationTargetException ? e.getCause() : e;
            return "java.base does not export " + PACKAGE + " (" + cause + "): "
                + (cause instanceof SecurityException ? Remedy.of(cause) : REMEDY);
        }
    }

    /**
     * The lookup that may see all of the JDK, fetched through the internal package that {@link #open} has made
     * reachable: without a warning of the JDK's.
     *
     * @throws ReflectiveOperationException if this JDK keeps it elsewhere
     */
    static MethodHandles.Lookup trustedLookup() throws ReflectiveOperationException {
        final Class<?> unsafeClass = Class.forName(PACKAGE + ".Unsafe");
        final Object unsafe = unsafeClass.getMethod("getUnsafe").invoke(null);
        final Field lookup = MethodHandles.Lookup.class.getDeclaredField("IMPL_LOOKUP");
        final Object base = unsafeClass.getMethod("staticFieldBase", Field.class).invoke(unsafe, lookup);
        final Object offset = unsafeClass.getMethod("staticFieldOffset", Field.class).invoke(unsafe, lookup);
        return (MethodHandles.Lookup) unsafeClass.getMethod("getReference", Object.class, long.class)
            .invoke(unsafe, base, offset);
    }
}
