// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Reads class files of the running JDK with several threads and hands what is in them to listeners, one listener a
 * thread. Files are read as the scan goes, into one buffer a thread, each once and then parsed as often as asked. The
 * time that reading takes is measured apart, since it is half of a scan whose listeners do little.
 *
 * @param <L> what listens
 */
final class JrtScanner<L extends ClassFileListener> {
    private static final int INITIAL_BUFFER = 1 << 20;

    private final List<Path> files;
    private final int passes;
    private final Supplier<? extends L> listeners;
    private final AtomicBoolean stopped = new AtomicBoolean();

    /**
     * A scanner of some files.
     *
     * @param files     class files to scan
     * @param passes    how often each file is parsed, 1 or more
     * @param listeners makes the listener of a thread, called on that thread
     */
    JrtScanner(final List<Path> files, final int passes, final Supplier<? extends L> listeners) {
        this.files = List.copyOf(files);
        this.passes = passes;
        this.listeners = listeners;
    }

    /**
     * Lists a share of the class files of the running JDK, in the order of their names, module first.
     *
     * @throws IOException if the JDK's files cannot be listed
     */
    static List<Path> list(final Share share) throws IOException {
        final Path root = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");
        final List<Path> all;
        try (Stream<Path> walk = Files.walk(root)) {
            all = walk.filter(path -> path.toString().endsWith(".class"))
                .sorted(Comparator.comparing(Path::toString)).toList();
        }
        final List<Path> chosen = new ArrayList<>();
        for (int i = 0; i < all.size(); i += share.divisor()) {
            chosen.add(all.get(i));
        }
        return chosen;
    }

    /**
     * Scans all files once. Waits until every thread is done.
     *
     * @return what each thread did, in the order of the threads
     * @throws IOException          if a file cannot be read or is malformed
     * @throws InterruptedException if the calling thread is interrupted; the scan's threads then stop early
     */
    List<Result<L>> scan(final int threads) throws IOException, InterruptedException {
        final AtomicInteger next = new AtomicInteger();
        final List<FutureTask<Result<L>>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            final String name = "jrt-scan-" + i;
            final Callable<Result<L>> worker = () -> work(name, next);
            final FutureTask<Result<L>> task = new FutureTask<>(worker);
            tasks.add(task);
            new Thread(task, name).start();
        }
        final List<Result<L>> results = new ArrayList<>();
        try {
            for (final FutureTask<Result<L>> task : tasks) {
                results.add(task.get());
            }
        } catch (final ExecutionException e) {
            stop();
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IllegalStateException(e.getCause());
        } catch (final InterruptedException e) {
            stop();
            throw e;
        }
        return results;
    }

    /** Makes a scan end after the files that its threads are at. May be called from any thread, for good. */
    void stop() {
        stopped.set(true);
    }

    /** Whether {@link #stop()} was called. */
    boolean isStopped() {
        return stopped.get();
    }

    private Result<L> work(final String name, final AtomicInteger next) throws IOException {
        final L listener = listeners.get();
        final ClassFileParser parser = new ClassFileParser();
        final long begin = System.nanoTime();
        byte[] buffer = new byte[INITIAL_BUFFER];
        long readNs = 0;
        for (int i = next.getAndIncrement(); i < files.size() && !stopped.get(); i = next.getAndIncrement()) {
            final long readBegin = System.nanoTime();
            int length;
            try (InputStream in = Files.newInputStream(files.get(i))) {
                length = in.readNBytes(buffer, 0, buffer.length);
                while (length == buffer.length) {
                    buffer = Arrays.copyOf(buffer, 2 * length);
                    length += in.readNBytes(buffer, length, length);
                }
            }
            readNs += System.nanoTime() - readBegin;
            parse(parser, buffer, length, listener, files.get(i));
        }
        return new Result<>(name, listener, System.nanoTime() - begin, readNs);
    }

    private void parse(final ClassFileParser parser, final byte[] buffer, final int length, final L listener,
                       final Path file) throws IOException {
        try {
            for (int pass = 0; pass < passes; pass++) {
                parser.parse(buffer, length, listener);
            }
        } catch (final MalformedClassFileException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * What one thread did.
     *
     * @param thread    the thread's name
     * @param listener  its listener
     * @param elapsedNs from the thread's first file to its last
     * @param readNs    the part of that in which it read files
     * @param <L>       what listens
     */
    record Result<L>(String thread, L listener, long elapsedNs, long readNs) {
    }
}
