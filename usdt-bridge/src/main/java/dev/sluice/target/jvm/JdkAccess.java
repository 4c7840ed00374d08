// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import dev.sluice.os.Remedy;
import dev.sluice.os.jvm.Thrown;
import dev.sluice.ring.memory.Memory;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;

/**
 * Gives the library the one export of java.base that Agrona needs, and through this export the other internals of the
 * JDK that the library reads.
 */
public final class JdkAccess {
    private static final String PACKAGE = Memory.JDK_PACKAGE;
    private static final String REMEDY = "start the JVM with --add-exports java.base/" + PACKAGE + '='
        + (JdkAccess.class.getModule().isNamed() ? JdkAccess.class.getModule().getName() : "ALL-UNNAMED");

    private JdkAccess() {
    }

    /**
     * Makes the export.
     *
     * @return the reason why it could not be made, or null
     */
    public static String open() {
        final Throwable cause = Memory.open();
        return cause == null ? null : "java.base does not export " + PACKAGE + " (" + Thrown.reason(cause) + "): "
            + (cause instanceof SecurityException ? Remedy.of(cause) : REMEDY);
    }

    /**
     * The lookup that may see all of the JDK. It is fetched through the internal package that {@link #open} has made
     * reachable, so the JDK prints no warning.
     *
     * @throws ReflectiveOperationException if this JDK keeps it elsewhere
     */
    public static MethodHandles.Lookup trustedLookup() throws ReflectiveOperationException {
        final Class<?> unsafeClass = Class.forName(PACKAGE + ".Unsafe");
        final Object unsafe = unsafeClass.getMethod("getUnsafe").invoke(null);
        final Field lookup = MethodHandles.Lookup.class.getDeclaredField("IMPL_LOOKUP");
        final Object base = unsafeClass.getMethod("staticFieldBase", Field.class).invoke(unsafe, lookup);
        final Object offset = unsafeClass.getMethod("staticFieldOffset", Field.class).invoke(unsafe, lookup);
        return (MethodHandles.Lookup) unsafeClass.getMethod("getReference", Object.class, long.class)
            .invoke(unsafe, base, offset);
    }
}
