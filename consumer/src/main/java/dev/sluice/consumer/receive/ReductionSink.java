// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import dev.sluice.bpf.drain.DrainProgram;
import dev.sluice.bpf.pull.StagingCopier;
import dev.sluice.bpf.reduce.Reduction;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.format.LossCause;
import java.util.function.LongPredicate;

/**
 * Stores no packet: values of its fields are taken in the kernel, and of packets that no program can see, here. What is
 * said of threads there holds here.
 */
public final class ReductionSink implements PacketSink {
    private final TargetTraceWriter trace;
    private final Reduction reduction;
    private final LongPredicate drained;
    private final boolean isContentHere;
    private final PacketHeader packet = new PacketHeader();

    private ReductionSink(final TargetTraceWriter trace, final Reduction reduction, final LongPredicate drained,
                          final boolean isContentHere) {
        this.trace = trace;
        this.reduction = reduction;
        this.drained = drained;
        this.isContentHere = isContentHere;
    }

    /** Takes packets whose content the kernel has staged. */
    public static ReductionSink staged(final TargetTraceWriter trace, final StagingCopier copier) {
        return new ReductionSink(trace, copier.reduction(), address -> copier.reduceStaged(), false);
    }

    /** Takes packets that a program has taken the values of when it drained them, if it knew their events. */
    public static ReductionSink drained(final TargetTraceWriter trace, final Reduction reduction) {
        return new ReductionSink(trace, reduction, DrainProgram::isReduced, true);
    }

    @Override
    public boolean tryPacket(final long address, final int lengthBytes) {
        return drained.test(address) || isContentHere && reduce(address, lengthBytes);
    }

    @Override
    public boolean trySalvaged(final long address, final int lengthBytes) {
        return reduce(address, lengthBytes);
    }

    private boolean reduce(final long address, final int lengthBytes) {
        packet.at(address);
        final StreamClass streamClass = packet.streamClass();
        reduction.know(trace.schema());
        return streamClass != null && reduction.reduce(address + PacketHeaderDescriptor.LENGTH,
            lengthBytes - PacketHeaderDescriptor.LENGTH, streamClass.contextLength());
    }

    @Override
    public LossCause refusal() {
        return LossCause.MALFORMED;
    }
}
