// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.Map;

/**
 * Native methods of a class of ours, mapped by JNA so that they keep no class loader: JNA has global references to the
 * methods that it has mapped, and a thread that lives as long as any library that it has opened. So the class is
 * defined apart where that is possible, and the library is closed at once: what is mapped stays while it is loaded.
 */
public final class JnaMapping {
    private final Class<?> mapped;

    /**
     * Maps all native methods.
     *
     * @param library path of a library that stays loaded by other means, or null for the process itself
     */
    public JnaMapping(final Class<?> type, final String library) {
        mapped = Outliving.apart(type);
        // For handles, from a named module.
        JnaMapping.class.getModule().addReads(mapped.getModule());
        Outliving.runAside("sluice-jna", () -> map(library));
    }

    /** JNA leaves values of its own classes with the thread, which may be the application's. */
    private void map(final String library) {
        // Of an option that nobody else gives, so that nobody else has the same object, which is closed here.
        final Map<String, Object> options = new HashMap<>();
        options.put(Library.OPTION_STRING_ENCODING, "UTF-8");
        options.put(Library.OPTION_CLASSLOADER, mapped.getClassLoader());
        options.put("sluice", mapped);
        final NativeLibrary opened = NativeLibrary.getInstance(library, options);
        Native.register(mapped, opened);
        opened.close();
    }

    /** A handle of one of them. */
    public MethodHandle find(final String name, final MethodType type) {
        try {
            return MethodHandles.privateLookupIn(mapped, MethodHandles.lookup()).findStatic(mapped, name, type);
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
