// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What does an event cost the thread that reports it? The loop around every {@link FirePath} is this one. Which way it
 * is, is said by properties; it is a constant for the compiler, and the only one in its JVM.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class FireLoop {
    /** Property: the name of the class. */
    public static final String PATH = "sluice.bench.path";
    /** Property: the argument of its constructor; none if it is not set. */
    public static final String ARGUMENT = "sluice.bench.path.argument";
    /** Property: the file of the {@link Account}. */
    public static final String ACCOUNT = "sluice.bench.account";
    /** Property: a directory for the way's files. */
    public static final String DIRECTORY = "sluice.bench.directory";

    private static final FirePath THE_PATH = create();
    private long i;

    private static FirePath create() {
        try {
            final Class<?> type = Class.forName(System.getProperty(PATH));
            final String argument = System.getProperty(ARGUMENT);
            return (FirePath) (argument == null ? type.getConstructor().newInstance()
                : type.getConstructor(String.class).newInstance(argument));
        } catch (final ReflectiveOperationException e) {
            throw failed(e.getCause() == null ? e : e.getCause());
        }
    }

    private static IllegalStateException failed(final Throwable cause) {
        try {
            Account.failed(cause.toString()).write(Path.of(System.getProperty(ACCOUNT)));
        } catch (final IOException e) {
            cause.addSuppressed(e);
        }
        return new IllegalStateException(cause);
    }

    /** Prepares the way. */
    @Setup(Level.Trial)
    public void open() {
        try {
            THE_PATH.open(Path.of(System.getProperty(DIRECTORY)));
        } catch (final IOException | InterruptedException | RuntimeException | LinkageError e) {
            throw failed(e);
        }
    }

    /** Reports one event. */
    @Benchmark
    public long event() {
        final long number = i++;
        return THE_PATH.fire(Values.first(number), number);
    }

    /** Counts what has arrived. */
    @TearDown(Level.Trial)
    public void close() {
        try (THE_PATH) {
            new Account(i, THE_PATH.finish(i), "").write(Path.of(System.getProperty(ACCOUNT)));
        } catch (final IOException | InterruptedException | RuntimeException | LinkageError e) {
            throw failed(e);
        }
    }
}
