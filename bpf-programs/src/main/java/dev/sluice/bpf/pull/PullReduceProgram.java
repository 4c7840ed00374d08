// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.pull;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.bpf.libbpf.BpfProgram;
import dev.sluice.bpf.reduce.Measure;
import dev.sluice.bpf.reduce.Reduction;
import java.util.List;
import java.util.Set;
import org.agrona.UnsafeApi;

/**
 * Copies as {@link PullProgram} does, and takes values of batches in the kernel, so that their content is not copied
 * out of it. What is said there of threads and of targets holds here.
 */
public final class PullReduceProgram implements StagingCopier {
    private static final String REDUCER = "handle_reduce_staged";

    private final PullObject object;
    private final PullProgram copier;
    private final BpfProgram reducer;
    private final Reduction reduction;
    private boolean isStaging;

    private PullReduceProgram(final PullObject object, final int pid, final List<Measure> measures) {
        this.object = object;
        copier = new PullProgram(object, pid);
        reducer = object.program(REDUCER);
        reduction = Reduction.at(object.address() + PullLayout.LENGTH, measures);
    }

    /**
     * Loads the programs for one process.
     *
     * @param pid as {@link PullProgram#load} has it
     * @throws BpfException if the kernel lacks what the programs need, or refuses them
     */
    public static PullReduceProgram load(final int pid, final List<Measure> measures) {
        PullProgram.requirePid(pid);
        return new PullReduceProgram(PullObject.load("pull_reduce", Set.of(REDUCER),
            PullLayout.LENGTH + Reduction.areaLength()), pid, measures);
    }

    @Override
    public void stage(final int index, final long from, final int lengthBytes, final int context) {
        copier.range(index, from, lengthBytes, 0);
        UnsafeApi.putInt(copier.request(index) + PullLayout.REQUEST_OFFSET_OFFSET, PullLayout.STAGE);
        reduction.staged().expect(lengthBytes, context);
        isStaging = true;
    }

    @Override
    public boolean run(final int count) {
        if (!isStaging) {
            reduction.staged().expect(0, 0);
        }
        isStaging = false;
        return copier.run(count);
    }

    /**
     * {@inheritDoc}
     *
     * @throws BpfException if the kernel refuses to run the program
     */
    @Override
    public boolean reduceStaged() {
        if (object.isClosed()) {
            throw new IllegalStateException("closed");
        }
        return reducer.run() == 0;
    }

    @Override
    public Reduction reduction() {
        return reduction;
    }

    @Override
    public void range(final int index, final long from, final int lengthBytes, final int offset) {
        copier.range(index, from, lengthBytes, offset);
    }

    @Override
    public boolean isCopied(final int index) {
        return copier.isCopied(index);
    }

    @Override
    public long data() {
        return copier.data();
    }

    @Override
    public void close() {
        object.close();
    }
}
