// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.rivals;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.foreign.LttngSession;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A record of java.util.logging for each event, which LTTng's agent for Java hands to LTTng-UST; LTTng's own reader
 * counts them afterwards. The agent is found where Debian puts it.
 */
public final class LttngJavaPath implements FirePath {
    private static final Path JARS = Path.of("/usr/share/java");
    /** Where Debian's packages of any architecture put libraries for the JVM. */
    private static final Path LIBRARIES =
        Path.of("/usr/lib", System.getProperty("os.arch").replace("amd64", "x86_64") + "-linux-gnu", "jni");
    private static final List<String> NAMES = List.of("lttng-ust-agent-jul.jar", "lttng-ust-agent-common.jar");
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(120);
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final String LOGGER = "bench.path";

    private final boolean hasSource;
    /** Held, because the logging of the JDK does not hold loggers. */
    private final Logger logger = Logger.getLogger(LOGGER);
    private LttngSession session;
    private long others;
    private Handler handler;

    /** {@code source}: the JDK finds out who logs, as it does by default; {@code plain}: it is told. */
    public LttngJavaPath(final String how) {
        hasSource = "source".equals(how);
    }

    /** Whether the agent is installed. */
    public static boolean isInstalled() {
        return NAMES.stream().allMatch(name -> Files.exists(JARS.resolve(name)))
            && Files.exists(LIBRARIES.resolve("liblttng-ust-jul-jni.so"));
    }

    /** Flag of its JVM. */
    public static String flag() {
        return "-Djava.library.path=" + LIBRARIES;
    }

    @Override
    public void open(final Path directory) throws IOException, InterruptedException {
        session = LttngSession.start(directory, LttngSession.Domain.JAVA, LOGGER);
        logger.setUseParentHandlers(false);
        logger.setLevel(Level.ALL);
        handler = agent();
        logger.addHandler(handler);
        final long deadline = System.nanoTime() + TIMEOUT_NS;
        while (eventCount() == 0) {
            // The agent drops records until the daemon has told it which events are wanted.
            logger.logp(Level.INFO, "", "", "ready");
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("the session daemon wants no records");
            }
            LockSupport.parkNanos(POLL_NS);
        }
        others = eventCount();
    }

    /** Records that the agent has handed on. */
    private long eventCount() {
        try {
            return (long) handler.getClass().getMethod("getEventCount").invoke(handler);
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Handler agent() throws IOException {
        final List<URL> urls = new ArrayList<>();
        for (final String name : NAMES) {
            urls.add(JARS.resolve(name).toUri().toURL());
        }
        try {
            // The loader stays open: the agent's own threads load classes later.
            return (Handler) Class.forName("org.lttng.ust.agent.jul.LttngLogHandler", true,
                new URLClassLoader(urls.toArray(URL[]::new))).getConstructor().newInstance();
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("LTTng's agent does not start: " + e.getCause(), e);
        }
    }

    @Override
    public long fire(final long a, final long b) {
        if (hasSource) {
            logger.info(a + " " + b);
        } else {
            logger.logp(Level.INFO, "LttngJavaPath", "fire", a + " " + b);
        }
        return a + b;
    }

    @Override
    public Stored finish(final long fired) throws IOException, InterruptedException {
        logger.removeHandler(handler);
        handler.close();
        return session.finish(others);
    }

    @Override
    public void close() throws IOException {
        if (session != null) {
            session.close();
        }
    }
}
