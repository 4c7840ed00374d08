// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The application's own count: a plain file that both the firing program and the test map, and that outlives both. Each
 * thread has a cache line with four numbers: how many of its fires have returned true, the last command that it has
 * seen, how many calls it has made from the first to the last of those fires, and the longest time that a burst of
 * calls has taken, without what the thread waited for a processor.
 * <pre>
 *   0  command (test): odd fire, even hold, QUIT end | 8  number of threads
 *  64  + 64 * thread: fired (thread) | seen (thread) | calls (thread) | longest burst, ns (thread)
 * </pre>
 */
public final class FiredFile {
    /** Command to end. */
    public static final long QUIT = -2;

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

    /** Makes the file. For the test. */
    public static FiredFile create(final Path file, final int threads) throws IOException {
        final FiredFile fired = map(file, LINE * (threads + 1L), StandardOpenOption.CREATE_NEW);
        LONG.setVolatile(fired.buffer, THREADS_OFFSET, (long) threads);
        return fired;
    }

    /** Opens the file. For the program. */
    public static FiredFile open(final Path file) throws IOException {
        return map(file, file.toFile().length(), StandardOpenOption.CREATE);
    }

    private static FiredFile map(final Path file, final long length, final StandardOpenOption option)
        throws IOException {
        try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, option)) {
            return new FiredFile(channel.map(FileChannel.MapMode.READ_WRITE, 0, length));
        }
    }

    public static boolean isFiring(final long command) {
        return command != QUIT && (command & 1) == 1;
    }

    public int threads() {
        return (int) (long) LONG.getVolatile(buffer, THREADS_OFFSET);
    }

    public long command() {
        return (long) LONG.getAcquire(buffer, 0);
    }

    public void command(final long command) {
        LONG.setVolatile(buffer, 0, command);
    }

    public long fired(final int thread) {
        return (long) LONG.getAcquire(buffer, LINE * (thread + 1));
    }

    public void fired(final int thread, final long count) {
        LONG.setRelease(buffer, LINE * (thread + 1), count);
    }

    /**
     * Number of calls from the first fire to the last. It is greater than the number of fires if some calls in between
     * did not fire.
     */
    public long calls(final int thread) {
        return (long) LONG.getAcquire(buffer, LINE * (thread + 1) + CALLS_OFFSET);
    }

    public void calls(final int thread, final long count) {
        LONG.setRelease(buffer, LINE * (thread + 1) + CALLS_OFFSET, count);
    }

    /** Longest burst of any thread without what the thread waited for a processor, ns. */
    public long longestNs() {
        long longest = 0;
        for (int i = 0; i < threads(); i++) {
            longest = Math.max(longest, (long) LONG.getAcquire(buffer, LINE * (i + 1) + LONGEST_OFFSET));
        }
        return longest;
    }

    public void longestNs(final int thread, final long ns) {
        LONG.setRelease(buffer, LINE * (thread + 1) + LONGEST_OFFSET, ns);
    }

    /** Number of fires of all threads together. */
    public long firedTotal() {
        long total = 0;
        for (int i = 0; i < threads(); i++) {
            total += fired(i);
        }
        return total;
    }

    public long seen(final int thread) {
        return (long) LONG.getAcquire(buffer, LINE * (thread + 1) + SEEN_OFFSET);
    }

    public void seen(final int thread, final long command) {
        LONG.setRelease(buffer, LINE * (thread + 1) + SEEN_OFFSET, command);
    }
}
