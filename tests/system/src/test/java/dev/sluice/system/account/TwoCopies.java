// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import dev.sluice.system.scene.FiringProgram;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process with two applications in class loaders of their own, each with its own copy of the library, as in an
 * application server.
 * <pre>TwoCopies FILE1 FILE2</pre>
 */
final class TwoCopies {
    private TwoCopies() {
    }

    public static void main(final String[] arguments) throws Exception {
        final List<URL> urls = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(":")) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        for (final String file : arguments) {
            final ClassLoader loader =
                new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
            final Method main =
                Class.forName(FiringProgram.class.getName(), true, loader).getMethod("main", String[].class);
            main.setAccessible(true);
            new Thread(() -> {
                try {
                    main.invoke(null, (Object) new String[] {file, "threads", "50000"});
                } catch (final ReflectiveOperationException e) {
                    throw new IllegalStateException(e);
                }
            }, "application " + file).start();
        }
    }
}
