// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.pull;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.os.Errno;
import java.util.Set;
import org.agrona.UnsafeApi;

/**
 * Copies ranges of a process's memory. Nothing is attached to the process, and nothing happens in it. If a page is not
 * resident, the kernel brings it in. If a range is not mapped, or its file was truncated, the range counts as not
 * copied, and no process gets a signal. Loading needs CAP_BPF and CAP_PERFMON; {@link #run} needs no right at all.
 *
 * <p>For one thread at a time; {@link #close()} after the last use by any thread. A page that the process withholds by
 * userfaultfd cannot be copied. A page of a file system in user space may keep {@link #run} waiting without end, and
 * meanwhile no sleepable program of the whole machine can be detached. So this is for processes of the same user.
 */
public final class PullProgram implements RangeCopier {
    private final PullObject object;
    private final long address;

    /** Copies by a loaded object, which this closes. */
    PullProgram(final PullObject object, final int pid) {
        this.object = object;
        address = object.address();
        UnsafeApi.putInt(address + PullLayout.PID_OFFSET, pid);
    }

    /**
     * Loads the program for one process.
     *
     * @param pid as this process sees it. The caller that runs the program makes sure that the number still belongs to
     *            the same process
     * @throws BpfException if the kernel lacks what the program needs, or refuses the program
     */
    public static PullProgram load(final int pid) {
        requirePid(pid);
        return new PullProgram(PullObject.load("pull", Set.of(), PullLayout.LENGTH), pid);
    }

    static void requirePid(final int pid) {
        if (pid <= 0) {
            throw new IllegalArgumentException("pid=" + pid);
        }
    }

    @Override
    public void range(final int index, final long from, final int lengthBytes, final int offset) {
        if (index < 0 || index >= MAX_RANGES || lengthBytes < 0 || lengthBytes > MAX_RANGE_LENGTH || offset < 0
            || offset >= MAX_OFFSET) {
            throw new IllegalArgumentException(
                "index=" + index + " length=" + lengthBytes + " offset=" + offset);
        }
        final long request = request(index);
        UnsafeApi.putLong(request + PullLayout.REQUEST_ADDRESS_OFFSET, from);
        UnsafeApi.putInt(request + PullLayout.REQUEST_LENGTH_OFFSET, lengthBytes);
        UnsafeApi.putInt(request + PullLayout.REQUEST_OFFSET_OFFSET, offset);
    }

    /**
     * {@inheritDoc}
     *
     * @throws BpfException if the kernel refuses to run the program
     */
    @Override
    public boolean run(final int count) {
        if (object.isClosed() || count < 0 || count > MAX_RANGES) {
            throw new IllegalStateException("closed=" + object.isClosed() + " count=" + count);
        }
        UnsafeApi.putInt(address + PullLayout.COUNT_OFFSET, count);
        final int result = object.copier().run();
        if (result != 0 && result != -Errno.ESRCH) {
            throw new IllegalStateException("the program answered " + result);
        }
        return result == 0;
    }

    @Override
    public boolean isCopied(final int index) {
        return UnsafeApi.getLong(request(index) + PullLayout.REQUEST_ERROR_OFFSET) == 0;
    }

    @Override
    public long data() {
        return address + PullLayout.DATA_OFFSET;
    }

    long request(final int index) {
        return address + PullLayout.REQUESTS_OFFSET + (long) index * PullLayout.REQUEST_LENGTH;
    }

    @Override
    public void close() {
        object.close();
    }
}
