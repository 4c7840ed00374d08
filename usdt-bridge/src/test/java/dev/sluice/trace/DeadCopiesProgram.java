// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.control.FullPolicy;
import dev.sluice.target.LocalSession;
import dev.sluice.usdt.find.ProcessProbes;
import java.io.IOException;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A server that deploys an application again and again, each time with a copy of the library in the application's own
 * class loader, and whose threads live on. Prints what is left; ends with 0 if that is nothing.
 * <p>
 * Arguments: a mode, the number of deployments, a directory of stub files. {@code dropped}: loaders are forgotten.
 * {@code closed}: they are closed, and something of the application's own keeps them. {@code used}: they are neither.
 */
public final class DeadCopiesProgram {
    private static final long WAIT_NS = TimeUnit.SECONDS.toNanos(150);
    private static final int THREADS = 3;
    /** Before, nothing can unload an object when the classes that JNA is among are gone: some pages of each stay. */
    private static final boolean HAS_LAST_CALLS = Runtime.version().feature() >= 22;
    private static final List<Object> KEPT = new ArrayList<>();

    private DeadCopiesProgram() {
    }

    /** What runs in each loader: an application that traces its work on the server's threads. */
    public static final class Application implements Supplier<Boolean> {
        private final Provider provider = Provider.named("redeployed");
        private final Tracepoint tracepoint =
            provider.tracepoint("work", Field.int64("a"), Field.string("b"));

        /** Declares, and fires on each thread while it is recorded. */
        @SuppressWarnings("try")
        public Application(final Executor threads, final int count) {
            try (LocalSession session = LocalSession.start(provider, FullPolicy.DISCARD, 0)) {
                final List<Boolean> fired = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    threads.execute(() -> {
                        final boolean isFired = tracepoint.event().put(1).put("text").fire();
                        synchronized (fired) {
                            fired.add(isFired);
                        }
                    });
                }
                LocalSession.await(() -> {
                    synchronized (fired) {
                        return fired.size() == count;
                    }
                });
                if (fired.contains(false)) {
                    throw new IllegalStateException("not fired");
                }
            }
        }

        /** Whether it can still be recorded. */
        @Override
        @SuppressWarnings("try")
        public Boolean get() {
            try (LocalSession session = LocalSession.start(provider, FullPolicy.DISCARD, 0)) {
                return tracepoint.event().put(1).put("text").fire();
            }
        }
    }

    private record Left(long threads, long descriptors, long mappings, long stubs, long probes) {
        static Left now(final Path stubs) {
            return new Left(Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("sluice-")).count(),
                count("/proc/self/fd"), mappings(stubs), Files.exists(stubs) ? count(stubs.toString()) : 0,
                ProcessProbes.of(ProcessHandle.current().pid()).stream()
                    .filter(probe -> probe.provider().equals("redeployed")).count());
        }

        boolean isAtMost(final Left other) {
            return threads <= other.threads && descriptors <= other.descriptors && mappings <= other.mappings
                && stubs <= other.stubs && probes <= other.probes;
        }

        private static long count(final String directory) {
            try (Stream<Path> files = Files.list(Path.of(directory))) {
                return files.filter(Left::isOurs).count();
            } catch (final IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private static boolean isOurs(final Path file) {
            try {
                return !Files.isSymbolicLink(file) || Files.readSymbolicLink(file).toString().contains("sluice-")
                    || Files.readSymbolicLink(file).toString().contains("stubs/");
            } catch (final IOException e) {
                // The one that lists them.
                return false;
            }
        }

        private static long mappings(final Path stubs) {
            try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
                return maps.filter(line -> line.contains("memfd:sluice-")
                    || HAS_LAST_CALLS && line.contains(stubs.toString())).count();
            } catch (final IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static URL[] classPath() throws IOException {
        final List<URL> urls = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(":")) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return urls.toArray(URL[]::new);
    }

    private static Object deploy(final URLClassLoader loader, final ExecutorService threads, final int count)
        throws ReflectiveOperationException {
        final ClassLoader context = Thread.currentThread().getContextClassLoader();
        // As a server does: what starts threads meanwhile hands it on to them.
        Thread.currentThread().setContextClassLoader(loader);
        try {
            return loader.loadClass(Application.class.getName()).getConstructor(Executor.class, int.class)
                .newInstance(threads, count);
        } finally {
            Thread.currentThread().setContextClassLoader(context);
        }
    }

    private static void undeploy(final String mode, final URLClassLoader loader, final Object application)
        throws IOException {
        if ("closed".equals(mode)) {
            loader.close();
            KEPT.add(application);
        } else if ("used".equals(mode)) {
            KEPT.add(application);
        }
    }

    /** Its frame goes with it: nothing of the deployment is on the stack afterwards. */
    @SuppressWarnings("resource")
    private static WeakReference<Object> comeAndGo(final String mode, final ExecutorService threads) throws Exception {
        final URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader());
        undeploy(mode, loader, deploy(loader, threads, THREADS));
        return new WeakReference<>(loader);
    }

    private static String threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
            .filter(name -> name.startsWith("sluice-")).sorted().collect(Collectors.joining(" "));
    }

    private static boolean isLeft(final Left least, final Path stubs) {
        final long begin = System.nanoTime();
        while (!Left.now(stubs).isAtMost(least) && System.nanoTime() - begin < WAIT_NS) {
            System.gc();
            LockSupport.parkNanos(50_000_000);
        }
        System.out.println("left=" + Left.now(stubs) + " least=" + least + " threads: " + threads() + " after "
            + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) + " ms");
        return Left.now(stubs).isAtMost(least);
    }

    /** As the class says. */
    @SuppressWarnings("try")
    public static void main(final String[] arguments) throws Exception {
        final String mode = arguments[0];
        final Path stubs = Path.of(arguments[2]);
        final ThreadPoolExecutor threads = (ThreadPoolExecutor) Executors.newFixedThreadPool(THREADS);
        // Before any application is there whose class loader they would have from their creator.
        threads.prestartAllCoreThreads();
        final Left before = Left.now(stubs);
        final List<WeakReference<Object>> loaders = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
            loaders.add(comeAndGo(mode, threads));
        }
        System.out.println("deployed: " + Left.now(stubs));
        boolean isRight = true;
        if ("used".equals(mode)) {
            for (int i = 0; i < 40; i++) {
                System.gc();
                LockSupport.parkNanos(50_000_000);
            }
            for (final Object application : KEPT) {
                isRight &= (Boolean) ((Supplier<?>) application).get();
            }
            KEPT.clear();
        }
        isRight &= isLeft("closed".equals(mode) ? new Left(before.threads, before.descriptors, Long.MAX_VALUE, 0, 0)
            : before, stubs);
        System.out.println("loaders left: " + loaders.stream().filter(loader -> loader.get() != null).count());
        Reference.reachabilityFence(KEPT);
        threads.shutdown();
        System.exit(isRight ? 0 : 1);
    }
}
