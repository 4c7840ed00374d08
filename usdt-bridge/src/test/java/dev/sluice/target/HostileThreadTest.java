// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.region.Slot;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.trace.Field;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events of threads that have no stack left, or that are in the middle of loading our own classes. */
class HostileThreadTest {
    @TempDir
    private Path directory;

    private static long refused() {
        return Arrays.stream(RefusalCause.values()).mapToLong(LocalTarget.start().memory()::refusedCount).sum();
    }

    private static void await(final Thread thread) throws InterruptedException {
        thread.start();
        thread.join(TimeUnit.SECONDS.toMillis(50));
    }

    /**
     * Fires at all depths near the end of its stack into a ring that is full, interpreted, where each call needs stack;
     * ends with 0 if what was fired is what was discarded.
     */
    public static final class DeepProgram {
        private static final int ROUNDS = 60;
        private static final int NEAR_END = 40;
        private static final Provider PROVIDER = Provider.named("deep");
        private static final Tracepoint WORDS = PROVIDER.tracepoint("words", Field.int64("a"), Field.int64("b"));
        private static long fired;
        private static long thrown;
        private static int deepest;

        private DeepProgram() {
        }

        /** Without arguments. */
        public static void main(final String[] arguments) throws InterruptedException {
            try (LocalSession session = LocalSession.start(PROVIDER, FullPolicy.DISCARD, 0)) {
                final long[] difference = {Long.MIN_VALUE};
                // So little stack that all of it is soon used.
                await(new Thread(null, () -> difference[0] = run(session.target()), "deep", 512 << 10));
                System.out.println("fired=" + fired + " thrown=" + thrown + " difference=" + difference[0]);
                System.exit(difference[0] == 0 && fired > 0 && thrown > 0 ? 0 : 1);
            }
        }

        private static long run(final LocalTarget target) {
            WORDS.fire(0, 0);
            final Slot slot = target.ring().slot();
            while (slot.discardedAcquire() == 0) {
                WORDS.fire(0, 0);
            }
            final long before = slot.discardedAcquire() + refused();
            for (int i = 0; i < ROUNDS; i++) {
                deepest = 0;
                descend(0, i, Integer.MAX_VALUE);
                descend(0, i, deepest - NEAR_END);
            }
            return slot.discardedAcquire() + refused() - before - fired;
        }

        private static void descend(final int depth, final int filler, final int firstDepth) {
            try {
                if (depth < filler) {
                    // Another length of frame, so that the stack ends elsewhere.
                    descend(depth + 1, filler, firstDepth, depth, depth);
                } else {
                    deepest = Math.max(deepest, depth);
                    if (depth >= firstDepth) {
                        fire();
                    }
                    descend(depth + 1, filler, firstDepth);
                }
            } catch (final StackOverflowError e) {
                return;
            }
        }

        private static void descend(final int depth, final int filler, final int firstDepth, final long a,
                                    final long b) {
            if (a == b) {
                descend(depth, filler, firstDepth);
            }
        }

        private static void fire() {
            boolean isFired = false;
            try {
                isFired = WORDS.fire(1, 2);
            } catch (final StackOverflowError e) {
                thrown++;
            }
            fired += isFired ? 1 : 0;
        }
    }

    /** Loads our classes, and fires whenever it is asked for one. */
    public static final class Loader extends URLClassLoader {
        static volatile Runnable hook;
        private static final ThreadLocal<Boolean> IS_INSIDE = ThreadLocal.withInitial(() -> false);

        Loader(final URL... path) {
            super(path, Loader.class.getClassLoader());
        }

        /** What to do at each request. */
        public static void hook(final Runnable newHook) {
            hook = newHook;
        }

        @Override
        protected Class<?> loadClass(final String name, final boolean resolve) throws ClassNotFoundException {
            final Runnable now = hook;
            if (now != null && !IS_INSIDE.get()) {
                IS_INSIDE.set(true);
                try {
                    now.run();
                } finally {
                    IS_INSIDE.set(false);
                }
            }
            synchronized (getClassLoadingLock(name)) {
                if (!name.startsWith("dev.sluice.") || name.equals(Loader.class.getName())) {
                    return super.loadClass(name, resolve);
                }
                final Class<?> known = findLoadedClass(name);
                return known != null ? known : findClass(name);
            }
        }
    }

    /** Fires all kinds while classes are loaded for it; ends with 0 if each event is in a ring. */
    public static final class LoadingProgram {
        private static final int ROUNDS = 3;
        private static final Provider PROVIDER = Provider.named("loading");
        private static final Tracepoint NESTED = PROVIDER.tracepoint("nested", Field.int64("n"));
        private static final Tracepoint WORDS = PROVIDER.tracepoint("words", Field.int64("a"), Field.int64("b"));
        private static final Tracepoint NARROW = PROVIDER.tracepoint("narrow", Field.int32("a"), Field.int8("b"));
        private static final Tracepoint TEXT = PROVIDER.tracepoint("text", Field.string("a"), Field.int8("b"));
        private static long fired;

        private LoadingProgram() {
        }

        /** Becomes itself in a loader that fires. */
        public static void main(final String[] arguments) throws ReflectiveOperationException, MalformedURLException {
            final List<URL> path = new ArrayList<>();
            for (final String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
                path.add(Path.of(entry).toUri().toURL());
            }
            Class.forName(LoadingProgram.class.getName(), true, new Loader(path.toArray(URL[]::new)))
                .getMethod("run").invoke(null);
        }

        /** In the loader. */
        public static void run() throws InterruptedException {
            final LocalSession session = LocalSession.start(PROVIDER, FullPolicy.DISCARD, 0);
            final long[] written = new long[1];
            await(new Thread(() -> {
                Loader.hook(() -> count(NESTED.fire(7)));
                for (int i = 0; i < ROUNDS; i++) {
                    count(WORDS.fire(1, 2));
                    count(NARROW.fire(1, 2));
                    count(TEXT.fire("grüße", 2));
                    count(TEXT.fire("日本", 2));
                    count(WORDS.event().put(1).put(2).fire());
                }
                Loader.hook(null);
                written[0] = session.target().ring().eventCount();
            }));
            System.out.println("fired=" + fired + " written=" + written[0] + " refused=" + refused());
            System.exit(fired == written[0] && fired >= 5 * ROUNDS && refused() == 0 ? 0 : 1);
        }

        private static void count(final boolean isFired) {
            fired += isFired ? 1 : 0;
        }
    }

    @Test
    void shouldCountEachEventOnceWhenTheStackIsAtItsEnd() throws IOException, InterruptedException {
        ChildProgram.runJava(directory, DeepProgram.class, "-Xint");
    }

    @Test
    void shouldWriteEveryEventWhenOurClassesAreLoadedByALoaderThatFires() throws IOException, InterruptedException {
        ChildProgram.runJava(directory, LoadingProgram.class);
    }
}
