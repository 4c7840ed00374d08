// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The application's own count: a plain file that the program that fires and the test both map, and that outlives any of
 * them. One cache line a thread: how many of its fires have returned true, the last command it has seen, how many calls
 * it has made from the first of those fires to the last, and the longest time that a burst of calls has taken.
 * <pre>
 *   0  command (test): odd fire, even hold, QUIT end | 8  number of threads
 *  64  + 64 * thread: fired (thread) | seen (thread) | calls (thread) | longest burst, ns (thread)
 * </pre>
 */
final class FiredFile {
    /** Command to end. */
    static final long QUIT = -2;

    private static final VarHandle LONG =
        MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int LINE = 64;
    private static final int THREADS_OFFSET = 8;
    private static final int SEEN_OFFSET = 8;
    private static final int CALLS_OFFSET = 16;
    private static final int LONGEST_OFFSET = 24;

    private final ByteBuffer buffer;

    private FiredFile(final ByteBuffer buffer) {
        this.buffer = buffer;
    }

    /** Makes the file; by the test. */
    static FiredFile create(final Path file, final int threads) throws IOException {
        final FiredFile fired = map(file, LINE * (threads + 1L), StandardOpenOption.CREATE_NEW);
        LONG.setVolatile(fired.buffer, THREADS_OFFSET, (long) threads);
        return fired;
    }

    /** Opens the file; by the program. */
    static FiredFile open(final Path file) throws IOException {
        return map(file, file.toFile().length(), StandardOpenOption.CREATE);
    }

    private static FiredFile map(final Path file, final long length, final StandardOpenOption option)
        throws IOException {
        try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, option)) {
            return new FiredFile(channel.map(FileChannel.MapMode.READ_WRITE, 0, length));
        }
    }

    static boolean isFiring(final long command) {
        return command != QUIT && (command & 1) == 1;
    }

    int threads() {
        return (int) (long) LONG.getVolatile(buffer, THREADS_OFFSET);
    }

    long command() {
        return (long) LONG.getAcquire(buffer, 0);
    }

    void command(final long command) {
        LONG.setVolatile(buffer, 0, command);
    }

    long fired(final int thread) {
        return (long) LONG.getAcquire(buffer, LINE * (thread + 1));
    }

    void fired(final int thread, final long count) {
        LONG.setRelease(buffer, LINE * (thread + 1), count);
    }

    /** Calls from the first that was fired to the last: more than were fired if some in between were not. */
    long calls(final int thread) {
        return (long) LONG.getAcquire(buffer, LINE * (thread + 1) + CALLS_OFFSET);
    }

    void calls(final int thread, final long count) {
        LONG.setRelease(buffer, LINE * (thread + 1) + CALLS_OFFSET, count);
    }

    /** Longest burst of any thread, ns. */
    long longestNs() {
        long longest = 0;
        for (int i = 0; i < threads(); i++) {
            longest = Math.max(longest, (long) LONG.getAcquire(buffer, LINE * (i + 1) + LONGEST_OFFSET));
        }
        return longest;
    }

    void longestNs(final int thread, final long ns) {
        LONG.setRelease(buffer, LINE * (thread + 1) + LONGEST_OFFSET, ns);
    }

    /** All threads together. */
    long firedTotal() {
        long total = 0;
        for (int i = 0; i < threads(); i++) {
            total += fired(i);
        }
        return total;
    }

    long seen(final int thread) {
        return (long) LONG.getAcquire(buffer, LINE * (thread + 1) + SEEN_OFFSET);
    }

    void seen(final int thread, final long command) {
        LONG.setRelease(buffer, LINE * (thread + 1) + SEEN_OFFSET, command);
    }
}
