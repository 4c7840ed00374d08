// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.consumer.account.Refusals;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetControl;
import dev.sluice.consumer.attach.TargetProcess;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.consumer.attach.TimeOffset;
import dev.sluice.ring.Clock;
import dev.sluice.ring.ClockTriple;
import dev.sluice.ring.ControlFileDescriptor;
import dev.sluice.ring.DistinctError;
import dev.sluice.ring.EventSchema;
import dev.sluice.ring.RefusalCause;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.write.TraceWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One target's part of a trace that several threads write to: every method locks the writer. A packet never precedes
 * the schema of its events: the log's length is checked before each append, and was published before they were fired.
 */
public final class TargetTraceWriter {
    private static final long NANO_FREQUENCY_HZ = 1_000_000_000L;
    private static final long KERNEL_TRIPLE_PERIOD_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long ERRORS_PERIOD_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int MAX_RELEASE_LENGTH = 1 << 16;

    private final TraceWriter writer;
    private final Target target;
    private final boolean isTrapTrace;
    private final int index;
    private final Map<LossCause, Long> losses = new EnumMap<>(LossCause.class);
    private int schemaLength;
    private List<EventSchema> schemas = List.of();
    private List<DistinctError> errors = List.of();
    private ClockTriple lastTriple;
    private long errorsReadNs = System.nanoTime() - ERRORS_PERIOD_NS;

    /**
     * Adds a target to a trace.
     *
     * @param isTrapTrace   whether ticks are the kernel's CLOCK_MONOTONIC instead of the target's clock
     * @param refusedBefore process-wide counts of refusals that the trace's own are counted from
     */
    TargetTraceWriter(final TraceWriter writer, final Target target, final boolean isTrapTrace,
                      final Map<RefusalCause, Long> refusedBefore) {
        this.writer = writer;
        this.target = target;
        this.isTrapTrace = isTrapTrace;
        final TargetControl control = target.control();
        final TargetInfo info = new TargetInfo(target.id(), (int) target.process().pid(), target.process().startTime(),
            control.bootId(), isTrapTrace ? Clock.KIND_NANO : control.clockKind(),
            isTrapTrace ? NANO_FREQUENCY_HZ : target.region().clockFrequency(), ControlFileDescriptor.LAYOUT_VERSION,
            target.process().uid(), target.process().commandLine(), javaVersion(target.process()),
            refusedBefore, isTrapTrace ? "trap records have the kernel's time" : target.region().clockWhy());
        synchronized (writer) {
            index = writer.addTarget(info);
            schema();
            clock(isTrapTrace ? inKernelTime(ClockTriple.take()) : target.region().firstTriple());
            clock();
        }
    }

    /** The same, counting refusals from now. */
    TargetTraceWriter(final TraceWriter writer, final Target target, final boolean isTrapTrace) {
        this(writer, target, isTrapTrace, Refusals.of(target.region()));
    }

    /** Adds what the target has declared since the last call; returns all that it has declared. */
    List<EventSchema> schema() {
        synchronized (writer) {
            final int length = target.region().schemaLength();
            if (length > schemaLength) {
                final byte[] log = target.region().schemaBytes(0, length);
                schemas = TargetRegion.decodeSchema(log);
                writer.schema(index, java.util.Arrays.copyOfRange(log, schemaLength, length));
                schemaLength = length;
            }
            return schemas;
        }
    }

    /**
     * Adds the newest clock reading, if there is a new one, and, once a second, errors of the target that are new or
     * were counted. The ticks of trap records are the kernel's own time. One thread calls it.
     */
    void clock() {
        if (!isTrapTrace) {
            targetClock();
        } else if (isKernelTripleDue(inKernelTime(ClockTriple.glance()))) {
            clock(inKernelTime(ClockTriple.take()));
        }
        final long now = System.nanoTime();
        if (now - errorsReadNs >= ERRORS_PERIOD_NS) {
            errorsReadNs = now;
            errors();
        }
    }

    private boolean isKernelTripleDue(final ClockTriple now) {
        synchronized (writer) {
            return now.monotonicNs() - lastTriple.monotonicNs() >= KERNEL_TRIPLE_PERIOD_NS
                || now.stepSince(lastTriple) != 0;
        }
    }

    private void errors() {
        synchronized (writer) {
            final List<DistinctError> now = target.region().errors();
            for (int i = 0; i < now.size(); i++) {
                if (i >= errors.size() || !now.get(i).equals(errors.get(i))) {
                    writer.error(index, now.get(i));
                }
            }
            errors = now;
        }
    }

    private void targetClock() {
        synchronized (writer) {
            // The newest is read first: a pair that the target writes meanwhile is for the next call.
            final ClockTriple last = target.region().lastTriple();
            final ClockTriple before = target.region().beforeTriple();
            if (before != null && (last == null || before.monotonicNs() <= last.monotonicNs())) {
                clock(before);
            }
            clock(last);
        }
    }

    private void clock(final ClockTriple triple) {
        synchronized (writer) {
            // A kernel's clock that goes back is a target's lie, and would be damage in the trace.
            if (triple != null && (lastTriple == null || triple.monotonicNs() > lastTriple.monotonicNs())) {
                writer.clock(index, triple);
                lastTriple = triple;
            }
        }
    }

    /** A reading by the kernel's own clock, which the ticks of trap records come from: BPF knows no time namespace. */
    private static ClockTriple inKernelTime(final ClockTriple here) {
        final long offset = TimeOffset.ofSelf();
        return new ClockTriple(here.ticks() - offset, here.monotonicNs() - offset, here.realtimeNs(),
            here.spanNs());
    }

    void thread(final ThreadInfo info) {
        synchronized (writer) {
            writer.thread(index, info);
        }
    }

    void packet(final long address, final int lengthBytes) {
        synchronized (writer) {
            schema();
            writer.packet(index, address, lengthBytes);
        }
    }

    /** As {@link #packet}; false if the trace is full: then the packet is not stored. */
    boolean tryPacket(final long address, final int lengthBytes) {
        synchronized (writer) {
            schema();
            return writer.tryPacket(index, address, lengthBytes);
        }
    }

    void loss(final LossInfo info) {
        synchronized (writer) {
            losses.merge(info.cause(), info.events(), Long::sum);
            writer.loss(index, info);
        }
    }

    void stall(final StallInfo info) {
        synchronized (writer) {
            writer.stall(index, info);
        }
    }

    void end(final EndInfo info) {
        synchronized (writer) {
            if (isTrapTrace) {
                clock(inKernelTime(ClockTriple.take()));
            } else {
                targetClock();
            }
            errors();
            writer.end(index, info);
        }
    }

    /** Events lost so far, by cause. */
    Map<LossCause, Long> losses() {
        synchronized (writer) {
            return losses.isEmpty() ? Map.of() : new EnumMap<>(losses);
        }
    }

    /** What the release file of the JDK that the process runs says; empty if it cannot be told. */
    private static String javaVersion(final TargetProcess process) {
        try {
            final Path home = Files.readSymbolicLink(process.path("exe")).getParent().getParent();
            final Path release = process.path("root" + home + "/release");
            if (!Files.isRegularFile(release) || Files.size(release) > MAX_RELEASE_LENGTH) {
                return "";
            }
            for (final String line : new String(Files.readAllBytes(release), StandardCharsets.UTF_8).split("\n")) {
                if (line.startsWith("JAVA_VERSION=")) {
                    return line.substring("JAVA_VERSION=".length()).replace("\"", "").trim();
                }
            }
        } catch (final IOException | NullPointerException e) {
            // A launcher of another layout, or files that this user may not see: the version is only a note.
            return "";
        }
        return "";
    }
}
