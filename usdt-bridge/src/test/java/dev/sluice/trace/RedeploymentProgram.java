// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.target.LocalTarget;
import java.io.IOException;
import java.lang.reflect.Array;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * A server beside whose own copy of the library applications come and go that bring theirs along, and stop it (issue
 * 10, 15): each left a copy behind. Ends with status 0 if what is left at the end is what was there at the begin.
 */
public final class RedeploymentProgram {
    private static final int DEPLOYMENTS = 20;
    private static final long WAIT_NS = TimeUnit.SECONDS.toNanos(150);

    private RedeploymentProgram() {
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("sluice-"))
            .count();
    }

    private static long descriptors() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(RedeploymentProgram::isOurs).count();
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isOurs(final Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().contains("sluice-");
        } catch (final IOException e) {
            // The one that lists them.
            return false;
        }
    }

    private static long mappings() {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.contains("memfd:sluice-")).count();
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void deploy() throws Exception {
        final List<URL> urls = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(":")) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        try (URLClassLoader loader =
            new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            final Class<?> providers = loader.loadClass(Provider.class.getName());
            final Object provider = providers.getMethod("named", String.class).invoke(null, "deployed_again");
            final Class<?> fields = loader.loadClass(Field.class.getName());
            final Object array = Array.newInstance(fields, 1);
            Array.set(array, 0, fields.getMethod("int64", String.class).invoke(null, "a"));
            final Object tracepoint =
                providers.getMethod("tracepoint", String.class, array.getClass()).invoke(provider, "t", array);
            providers.getMethod("load").invoke(provider);
            final Class<?> sluice = loader.loadClass(Sluice.class.getName());
            sluice.getMethod("stop").invoke(null);
            sluice.getMethod("stop").invoke(null);
            assertThat((boolean) tracepoint.getClass().getMethod("fire", long.class).invoke(tracepoint, 1L)).isFalse();
            providers.getMethod("load").invoke(provider);
        }
    }

    private static void awaitAtMost(final String what, final LongSupplier count, final long most) {
        final long begin = System.nanoTime();
        while (count.getAsLong() > most) {
            assertThat(System.nanoTime() - begin).as("waited for %s: %d, at first %d", what, count.getAsLong(), most)
                .isLessThan(WAIT_NS);
            System.gc();
            LockSupport.parkNanos(20_000_000);
        }
    }

    /** As the class says; an AssertionError tells what is left. */
    public static void main(final String[] arguments) throws Exception {
        LocalTarget.start();
        final long threads = threads();
        final long descriptors = descriptors();
        final long mappings = mappings();
        for (int i = 0; i < DEPLOYMENTS; i++) {
            deploy();
        }
        awaitAtMost("threads", RedeploymentProgram::threads, threads);
        awaitAtMost("descriptors", RedeploymentProgram::descriptors, descriptors);
        awaitAtMost("mappings", RedeploymentProgram::mappings, mappings);
    }
}
