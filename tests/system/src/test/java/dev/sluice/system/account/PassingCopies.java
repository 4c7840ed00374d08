// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import dev.sluice.trace.Field;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntToLongFunction;
import java.util.stream.Stream;

/**
 * A server that deploys applications, each with its own copy of the library in a class loader of its own, and lets them
 * go while the server and its threads live on. Does what the lines of its input say and answers each with one line:
 * <pre>
 *  deploy      a new application                                            deployed
 *  fire N      the newest application fires N times, on the server's thread fired N
 *  drop        the newest application and its loader are forgotten          dropped
 *  close       its loader is closed, and the server keeps the application   closed
 *  collect     runs the collector ten times                                 collected
 *  await N     until no more than N copies have a thread or a shared file   left N
 * </pre>
 */
public final class PassingCopies {
    private static final int COLLECTIONS = 10;
    private static final long PAUSE_NS = 50_000_000;

    private final List<URLClassLoader> loaders = new ArrayList<>();
    private final List<IntToLongFunction> applications = new ArrayList<>();
    private final List<Object> kept = new ArrayList<>();
    private long filesOfOne;

    private PassingCopies() {
    }

    /** What runs in each loader. */
    public static final class Application implements IntToLongFunction {
        private final Provider provider = Provider.named("passing");
        private final Tracepoint work = provider.tracepoint("work", Field.string("text"), Field.int64("index"));
        private long fired;

        /** Declares its tracepoint. */
        public Application() {
            provider.load();
        }

        /** Fires so often; returns how many calls were fired since the beginning. */
        @Override
        public long applyAsLong(final int count) {
            for (int i = 0; i < count; i++) {
                fired += work.fire("work", fired) ? 1 : 0;
            }
            return fired;
        }
    }

    /** As the class says. */
    public static void main(final String[] arguments) throws Exception {
        final PassingCopies copies = new PassingCopies();
        System.out.println("pid " + ProcessHandle.current().pid());
        final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            final String[] words = line.split(" ");
            System.out.println(copies.answer(words[0], words.length > 1 ? Integer.parseInt(words[1]) : 0));
        }
    }

    private String answer(final String command, final int number) throws Exception {
        switch (command) {
            case "deploy":
                deploy();
                return "deployed";
            case "fire":
                return "fired " + applications.get(applications.size() - 1).applyAsLong(number);
            case "drop":
                applications.remove(applications.size() - 1);
                loaders.remove(loaders.size() - 1);
                return "dropped";
            case "close":
                kept.add(applications.remove(applications.size() - 1));
                loaders.remove(loaders.size() - 1).close();
                return "closed";
            case "collect":
                collect(COLLECTIONS);
                return "collected";
            default:
                while (threads() > number || sharedFiles() > number * filesOfOne) {
                    collect(1);
                }
                return "left " + number;
        }
    }

    private void deploy() throws Exception {
        final List<URL> urls = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(":")) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        final URLClassLoader loader =
            new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        loaders.add(loader);
        applications.add((IntToLongFunction) loader.loadClass(Application.class.getName()).getConstructor()
            .newInstance());
        filesOfOne = filesOfOne == 0 ? sharedFiles() : filesOfOne;
    }

    private static void collect(final int times) {
        for (int i = 0; i < times; i++) {
            System.gc();
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("sluice-control")).count();
    }

    private static long sharedFiles() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(PassingCopies::isSharedFile).count();
        }
    }

    private static boolean isSharedFile(final Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("/memfd:sluice-");
        } catch (final IOException e) {
            // The descriptor that lists them is gone.
            return false;
        }
    }
}
