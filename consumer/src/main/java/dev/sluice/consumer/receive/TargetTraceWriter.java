// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import dev.sluice.consumer.account.Refusals;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetControl;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.consumer.attach.TimeOffset;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.clock.TickerState;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.FirstCosts;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.PaceInfo;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TickerInfo;
import dev.sluice.store.write.TraceWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Writes one target's part of a trace. Several threads write to the trace, so every method locks the writer. A packet
 * never precedes the schema of its events: the schema log's length is checked before each append, and the target
 * publishes that length before it fires the events.
 */
public final class TargetTraceWriter {
    private static final long NANO_FREQUENCY_HZ = 1_000_000_000L;
    private static final long KERNEL_TRIPLE_PERIOD_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long ERRORS_PERIOD_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long TICKER_LOOK_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long TICKER_PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final TraceWriter writer;
    private final Target target;
    private final boolean isTrapTrace;
    private final boolean isTicking;
    private final int index;
    private final Map<LossCause, Long> losses = new EnumMap<>(LossCause.class);
    /** The generation of each ring whose owner the costs have. */
    private final Map<StreamKey, Integer> costed = new HashMap<>();
    private FirstCosts firstCosts = FirstCosts.NONE;
    // Changed under the writer's lock only.
    private volatile long packets;
    private volatile long packetBytes;
    private int schemaLength;
    private List<EventSchema> schemas = List.of();
    /** Ids of all schemas in the list. */
    private final Set<Integer> schemaIds = new HashSet<>();
    private List<DistinctError> errors = List.of();
    private ClockTriple lastTriple;
    private final long monotonicOffsetNs;
    /** Number of late intervals of the target's ticker that the trace has, or knows to have missed. */
    private long lateCount;
    /** What was read of the ticker last; null before. */
    private TickerState lastTicker;
    private long tickerReadNs = System.nanoTime() - TICKER_LOOK_NS;
    private long tickerWrittenNs = System.nanoTime() - TICKER_PERIOD_NS;
    private long errorsReadNs = System.nanoTime() - ERRORS_PERIOD_NS;

    /**
     * Adds a target to a trace.
     *
     * @param isTrapTrace   whether ticks are the kernel's CLOCK_MONOTONIC instead of the target's clock
     * @param refusedBefore process-wide counts of refusals that the trace's own are counted from
     */
    public TargetTraceWriter(final TraceWriter writer, final Target target, final boolean isTrapTrace,
                      final Map<RefusalCause, Long> refusedBefore) {
        this.writer = writer;
        this.target = target;
        this.isTrapTrace = isTrapTrace;
        this.isTicking = !isTrapTrace && target.control().clockKind() == Clock.KIND_SAMPLED;
        monotonicOffsetNs = TimeOffset.ofTarget(target.process());
        final TargetControl control = target.control();
        final TargetInfo info = new TargetInfo(target.id(), (int) target.process().pid(), target.process().startTime(),
            control.stamp().bootId(), isTrapTrace ? Clock.KIND_NANO : control.clockKind(),
            isTrapTrace ? NANO_FREQUENCY_HZ : target.region().clockFrequency(), ControlFileDescriptor.LAYOUT_VERSION,
            target.process().uid(), target.process().commandLine(), target.process().javaVersion(),
            refusedBefore, isTrapTrace ? "trap records have the kernel's time" : target.region().notes().clockWhy());
        synchronized (writer) {
            index = writer.addTarget(info);
            schema();
            clock(isTrapTrace ? inKernelTime(ClockTriple.take()) : target.region().notes().firstTriple());
            clock();
        }
    }

    /** Adds a target to a trace, counting refusals from now. */
    public TargetTraceWriter(final TraceWriter writer, final Target target, final boolean isTrapTrace) {
        this(writer, target, isTrapTrace, Refusals.of(target.region()));
    }

    /**
     * Adds the events that the target has declared since the last call. Returns all events; if none is new, the list is
     * the same object as before.
     */
    public List<EventSchema> schema() {
        synchronized (writer) {
            final int length = target.region().schemaLength();
            if (length > schemaLength) {
                // Only new entries are decoded, because a hostile target may add an entry before every packet.
                final byte[] added = target.region().schemaBytes(schemaLength, length);
                final List<EventSchema> declared = TargetRegion.decodeSchema(added, schemaIds);
                if (!declared.isEmpty()) {
                    // A new list is made, because another thread may still read the list that it was given.
                    final List<EventSchema> all = new ArrayList<>(schemas);
                    all.addAll(declared);
                    schemas = all;
                }
                writer.schema(index, added);
                schemaLength = length;
            }
            return schemas;
        }
    }

    /**
     * Adds the newest clock reading, if there is a new one, and, once a second, errors of the target that are new or
     * were counted. The ticks of trap records are the kernel's own time. One thread calls it.
     */
    public void clock() {
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
            final List<DistinctError> now = target.region().notes().errors();
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
            // The newest triple is read first: if the target writes a new pair meanwhile, the next call takes that
            // pair.
            final ClockTriple last = target.region().notes().lastTriple();
            final ClockTriple before = target.region().notes().beforeTriple();
            if (before != null && (last == null || before.monotonicNs() <= last.monotonicNs())) {
                clock(before);
            }
            clock(last);
        }
        if (isTicking && System.nanoTime() - tickerReadNs >= TICKER_LOOK_NS) {
            ticker(false);
        }
    }

    /**
     * Adds what the target's ticker has proven, if the ticker was late, if some time has passed, or if this is the last
     * call.
     */
    private void ticker(final boolean isLast) {
        synchronized (writer) {
            final TickerState read = target.region().notes().ticker();
            // All packets that the trace has by now were drained before this moment.
            final long now = System.nanoTime();
            tickerReadNs = now;
            // A process that ends, or is stopped, may leave its ticker in the middle of a store. What was known of it
            // holds, and this moment is the end of what it has not said.
            final TickerState state = read == null && isLast ? lastTicker : read;
            lastTicker = read == null ? lastTicker : read;
            if (state == null || !isLast && state.lateCount() == lateCount
                && now - tickerWrittenNs < TICKER_PERIOD_NS) {
                return;
            }
            final int known = (int) Math.max(0, Math.min(state.late().size(), state.lateCount() - lateCount));
            writer.ticker(index, new TickerInfo(new TickerState(state.every(), state.allowedTicks(),
                state.confirmedTicks(), state.lateCount(),
                state.late().subList(state.late().size() - known, state.late().size())), now + monotonicOffsetNs));
            lateCount = Math.max(lateCount, state.lateCount());
            tickerWrittenNs = now;
        }
    }

    private void clock(final ClockTriple triple) {
        synchronized (writer) {
            // If CLOCK_MONOTONIC goes back, the target has forged it. In the trace it would be damage.
            if (triple != null && (lastTriple == null || triple.monotonicNs() > lastTriple.monotonicNs())) {
                writer.clock(index, triple);
                lastTriple = triple;
            }
        }
    }

    /**
     * Converts a reading to the kernel's own clock, from which the ticks of trap records come: BPF knows no time
     * namespace.
     */
    private static ClockTriple inKernelTime(final ClockTriple here) {
        final long offset = TimeOffset.ofSelf();
        return new ClockTriple(here.ticks() - offset, here.monotonicNs() - offset, here.realtimeNs(),
            here.spanNs());
    }

    public void thread(final ThreadInfo info) {
        synchronized (writer) {
            writer.thread(index, info);
            // An owner comes again when it has a new name.
            if (info.firstCostNs() > 0 && !Objects.equals(costed.put(info.stream(), info.generation()),
                info.generation())) {
                firstCosts = firstCosts.with(info.firstCostNs());
            }
        }
    }

    public void packet(final long address, final int lengthBytes) {
        synchronized (writer) {
            schema();
            writer.packet(index, address, lengthBytes);
            stored(lengthBytes);
        }
    }

    private void stored(final int lengthBytes) {
        packets = packets + 1;
        packetBytes = packetBytes + lengthBytes;
    }

    /** Packets stored so far. Any thread. */
    public long packets() {
        return packets;
    }

    /** Bytes of packets stored so far. Any thread. */
    public long packetBytes() {
        return packetBytes;
    }

    /**
     * Stores a packet as {@link #packet} does, but returns false if the trace is full: then the packet is not stored.
     */
    public boolean tryPacket(final long address, final int lengthBytes) {
        synchronized (writer) {
            schema();
            final boolean isStored = writer.tryPacket(index, address, lengthBytes);
            if (isStored) {
                stored(lengthBytes);
            }
            return isStored;
        }
    }

    public void loss(final LossInfo info) {
        synchronized (writer) {
            losses.merge(info.cause(), info.events(), Long::sum);
            writer.loss(index, info);
        }
    }

    public void pace(final PaceInfo info) {
        synchronized (writer) {
            writer.pace(index, info);
        }
    }

    /** Adds what the target is asked to fire from a moment on, in ms since 1970. */
    public void selection(final List<EventChoice> choices, final long atMs) {
        synchronized (writer) {
            writer.selection(index, new TargetInfo.Selection(atMs * 1_000_000L, EventChoice.texts(choices)));
        }
    }

    public void stall(final StallInfo info) {
        synchronized (writer) {
            writer.stall(index, info);
        }
    }

    public void end(final EndInfo info) {
        synchronized (writer) {
            if (isTrapTrace) {
                clock(inKernelTime(ClockTriple.take()));
            } else {
                targetClock();
                if (isTicking) {
                    ticker(true);
                }
            }
            errors();
            writer.end(index, info);
        }
    }

    /** What their first events have cost the threads of which the trace has some. */
    public FirstCosts firstCosts() {
        synchronized (writer) {
            return firstCosts;
        }
    }

    /** Number of events lost so far, by cause. */
    public Map<LossCause, Long> losses() {
        synchronized (writer) {
            return losses.isEmpty() ? Map.of() : new EnumMap<>(losses);
        }
    }
}
