// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import dev.sluice.os.jvm.Outliving;
import dev.sluice.os.jvm.Threads;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.Map;

/**
 * Maps native methods of a class through JNA in such a way that they keep no class loader alive. JNA holds global
 * references to methods that it has mapped, and it runs a thread for as long as a library that it opened is open. So
 * the class is defined in a loader of its own where that is possible, and the library is closed at once: mapped methods
 * stay usable while the library stays loaded.
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
        // Method handles need this if this code is in a named module.
        JnaMapping.class.getModule().addReads(mapped.getModule());
        Threads.runAside("sluice-jna", () -> map(library));
    }

    /**
     * Maps the methods in a thread of its own, because JNA leaves thread locals of its own classes in the calling
     * thread, which may be a thread of the application.
     */
    private void map(final String library) {
        // JNA shares the library's object between callers that give the same options. This option is given nowhere
        // else, so nobody else has the object that is closed here.
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
