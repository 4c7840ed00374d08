// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.util.List;

/**
 * Counters of the kernel's perf events for one thread, counted in its own code and in the kernel, all from the moment
 * at which they are opened. For one thread, which need not be the one that is counted.
 */
public final class PerfCounters implements AutoCloseable {
    /** Type of counters that the processor keeps. */
    static final int HARDWARE = 0;
    /** Type of counters that the kernel keeps. */
    static final int SOFTWARE = 1;

    private static final boolean IS_X86 = "amd64".equals(System.getProperty("os.arch"));
    private static final int PERF_EVENT_OPEN = IS_X86 ? 298 : 241;
    private static final int READ = IS_X86 ? 0 : 63;
    private static final int CLOSE = IS_X86 ? 3 : 57;
    private static final long CLOSE_ON_EXEC = 8;
    private static final int ENOENT = 2;
    private static final int EPERM = 1;
    private static final int EACCES = 13;
    private static final Function SYSCALL = Function.getFunction("c", "syscall");

    /* struct perf_event_attr of the first version: type, size, config, and read_format behind two words. */
    private static final int ATTRIBUTES = 64;
    private static final int SIZE_OFFSET = 4;
    private static final int CONFIG_OFFSET = 8;
    private static final int READ_FORMAT_OFFSET = 32;
    private static final int FORMAT_ENABLED_RUNNING_GROUP = 1 | 2 | 8;
    /** What is read: how many there are, for how long they were wanted and were counted, and each of them. */
    private static final int VALUES_OFFSET = 3 * Long.BYTES;

    private final int[] descriptors;
    private final Memory buffer;

    private PerfCounters(final int[] descriptors) {
        this.descriptors = descriptors;
        buffer = new Memory(VALUES_OFFSET + (long) descriptors.length * Long.BYTES);
    }

    /**
     * Begins to count.
     *
     * @param type    of all counters
     * @param configs what is counted, by the kernel's numbers for that type
     * @param tid     the thread; 0 for the one that calls
     * @throws IllegalStateException if the kernel refuses one; the message says why, and what would help
     */
    static PerfCounters open(final int type, final List<Integer> configs, final long tid) {
        final int[] descriptors = new int[configs.size()];
        final PerfCounters counters = new PerfCounters(descriptors);
        for (int i = 0; i < descriptors.length; i++) {
            final Memory attributes = new Memory(ATTRIBUTES);
            attributes.clear();
            attributes.setInt(0, type);
            attributes.setInt(SIZE_OFFSET, ATTRIBUTES);
            attributes.setLong(CONFIG_OFFSET, configs.get(i));
            attributes.setLong(READ_FORMAT_OFFSET, FORMAT_ENABLED_RUNNING_GROUP);
            // They are one group, so that all of them are counted in the same time.
            descriptors[i] = (int) call(PERF_EVENT_OPEN, attributes, tid, -1L, i == 0 ? -1L : (long) descriptors[0],
                CLOSE_ON_EXEC);
            if (descriptors[i] < 0) {
                final int errno = Native.getLastError();
                counters.close(i);
                throw new IllegalStateException(reason(errno));
            }
        }
        return counters;
    }

    private static String reason(final int errno) {
        return switch (errno) {
            case ENOENT -> "the processor's counters are not there, as in most virtual machines (perf_event_open:"
                + " ENOENT)";
            case EPERM, EACCES -> "the kernel does not allow it (perf_event_open: errno " + errno + "): needs root, or"
                + " kernel.perf_event_paranoid at most 1";
            default -> "perf_event_open: errno " + errno;
        };
    }

    /**
     * What was counted up to now, in the order in which it was asked for. If the kernel had to share the processor's
     * counters among several, it is as much as it would have been in the whole time.
     *
     * @throws IllegalStateException if they cannot be read, or were never counted
     */
    public double[] read() {
        final long got = call(READ, (long) descriptors[0], buffer, buffer.size());
        final long enabled = buffer.getLong(Long.BYTES);
        final long running = buffer.getLong(2 * Long.BYTES);
        if (got < buffer.size() || running == 0 && enabled > 0) {
            throw new IllegalStateException("the counters cannot be read: read=" + got + " of " + buffer.size()
                + " ns counted=" + running);
        }
        final double[] values = new double[descriptors.length];
        for (int i = 0; i < values.length; i++) {
            final long value = buffer.getLong(VALUES_OFFSET + (long) i * Long.BYTES);
            values[i] = enabled == running ? value : value * ((double) enabled / running);
        }
        return values;
    }

    @Override
    public void close() {
        close(descriptors.length);
    }

    private void close(final int count) {
        for (int i = count - 1; i >= 0; i--) {
            call(CLOSE, (long) descriptors[i]);
        }
    }

    private static long call(final int number, final Object... arguments) {
        final Object[] all = new Object[arguments.length + 1];
        all[0] = (long) number;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return SYSCALL.invokeLong(all);
    }
}
