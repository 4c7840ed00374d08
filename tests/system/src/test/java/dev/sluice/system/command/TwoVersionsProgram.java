// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import dev.sluice.trace.Field;
import dev.sluice.trace.Provider;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Two copies of the library in two class loaders, each with another version of one tracepoint. */
public final class TwoVersionsProgram {
    private TwoVersionsProgram() {
    }

    /** Declares the version of a copy. */
    public static void declare(final String version) {
        final Provider provider = Provider.named("shop");
        provider.tracepoint("sold", Field.int64("id"),
            version.equals("1") ? Field.int64("cents") : Field.float64("euros"));
        provider.load();
    }

    public static void main(final String[] arguments) throws Exception {
        final List<URL> urls = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(":")) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        for (final String version : List.of("1", "2")) {
            final ClassLoader loader =
                new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
            loader.loadClass(TwoVersionsProgram.class.getName()).getMethod("declare", String.class)
                .invoke(null, version);
        }
        System.out.println("pid " + ProcessHandle.current().pid());
        Thread.sleep(600_000);
    }
}
