// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.libbpf.BpfRingBuffer;
import dev.sluice.bpf.trap.TrapConfig;
import dev.sluice.bpf.trap.TrapFailure;
import dev.sluice.bpf.trap.TrapProgram;
import dev.sluice.bpf.trap.TrapRecord;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.ThreadNames;
import dev.sluice.consumer.receive.TargetTraceWriter;
import dev.sluice.consumer.trap.TrapStreams;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.text.Counted;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Events that come as one trap each and not through rings: the semaphores of the stubs are raised, no session is taken
 * and no ring is used. The receiving thread packs records by kernel thread. A record that finds the BPF ring buffer
 * full is lost and counted.
 */
final class TrapSource implements DrainSource {
    private static final int POLL_LIMIT = 4096;
    private static final long IDLE_NS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long MAX_AGE_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final Target target;
    private final TargetTraceWriter trace;
    private final TrapProgram program;
    private final BpfRingBuffer buffer;
    private final TrapRecord record = new TrapRecord();
    private final TrapStreams streams;
    private final ReceivingThread thread;
    /** Schemas by event id. The array is replaced as a whole, so that the receiving thread never sees a part of it. */
    private volatile EventSchema[] schemas = new EventSchema[0];
    private volatile boolean isDetached;
    private volatile long storedEvents;
    private long malformed;
    private boolean isClosed;

    TrapSource(final Target target, final TargetTraceWriter trace, final RecordOptions options,
               final int ringBufferBytes) {
        this.target = target;
        this.trace = trace;
        final ThreadNames threads = new ThreadNames(target.process());
        streams = new TrapStreams(target.id(), sink(trace), tid -> threads.of(tid).name());
        program = TrapProgram.load(new TrapConfig((int) target.process().pid(), ringBufferBytes));
        buffer = program.ringBuffer();
        thread = new ReceivingThread("sluice-receive-traps", options.nice(), this::receive);
        thread.start();
    }

    private static TrapStreams.Sink sink(final TargetTraceWriter trace) {
        return new TrapStreams.Sink() {
            @Override
            public void thread(final ThreadInfo info) {
                trace.thread(info);
            }

            @Override
            public void packet(final long address, final int lengthBytes) {
                trace.packet(address, lengthBytes);
            }
        };
    }

    @Override
    public void check(final List<EventChoice> choices) {
        select(choices);
    }

    @Override
    public int select(final List<EventChoice> choices) {
        throw new AttachException(AttachException.Reason.REFUSED, target.process() + " is recorded by single traps,"
            + " whose selection stays");
    }

    @Override
    public int enable(final List<EventChoice> choices) {
        if (!choices.stream().allMatch(EventChoice::isPlain)) {
            throw new IllegalArgumentException("a filter or a sampling is for events that go through rings, and no"
                + " single trap has one: choices=" + choices);
        }
        final int pid = (int) target.process().pid();
        final List<UsdtProbe> probes = ProcessProbes.of(pid);
        final List<EventSchema> selected = trace.schema().stream()
            .filter(s -> choices.stream().anyMatch(choice -> choice.selects(s.name()))
                && TrapStreams.hasRoomFor(s))
            .toList();
        final EventSchema[] byId = new EventSchema[1 + selected.stream().mapToInt(EventSchema::id).max().orElse(0)];
        selected.forEach(s -> byId[s.id()] = s);
        schemas = byId;
        final Map<Long, EventSchema> sites = target.region().sites();
        final List<TrapProgram.Probe> wanted = new ArrayList<>();
        for (final EventSchema schema : selected) {
            final int arguments = Math.min(schema.fields().size(), TrapProgram.MAX_ARGUMENTS);
            for (final UsdtProbe probe : probes) {
                // Another copy of the library, or another version of the provider, may have a probe of the same name.
                // Targets of version 0.1.0 do not say where their probes are.
                final boolean isOurs = sites.isEmpty() || schema.equals(sites.get(probe.siteAddress()));
                if (isOurs && probe.provider().equals(schema.provider()) && probe.name().equals(schema.tracepoint())
                    && arguments == argumentCount(probe)) {
                    wanted.add(new TrapProgram.Probe(probe.path(), probe.file(), probe.siteOffset(),
                        probe.raisedOffset(), schema.id(), arguments, stringMask(schema, arguments)));
                }
            }
        }
        program.attachAll(pid, wanted);
        return wanted.size();
    }

    private static int argumentCount(final UsdtProbe probe) {
        return probe.arguments().isBlank() ? 0 : probe.arguments().trim().split("\\s+").length;
    }

    private static int stringMask(final EventSchema schema, final int arguments) {
        int mask = 0;
        for (int i = 0; i < arguments; i++) {
            mask |= schema.fields().get(i).type() == FieldType.STRING ? 1 << i : 0;
        }
        return mask;
    }

    private void receive() {
        boolean isLast;
        int records;
        do {
            isLast = thread.isStopping();
            records = buffer.poll(this::onRecord, POLL_LIMIT);
            if (records == 0 && isLast && isDetached && buffer.skipStuck()) {
                records = 1;
                continue;
            }
            streams.finishOpenedBefore(System.nanoTime() - MAX_AGE_NS);
            if (records == 0) {
                LockSupport.parkNanos(IDLE_NS);
            }
        } while (!isLast || records > 0);
        streams.finishAll();
    }

    private void onRecord(final long address, final int length) {
        record.wrap(address, length);
        final int id = record.probeId();
        final EventSchema[] known = schemas;
        final EventSchema schema = id >= 0 && id < known.length ? known[id] : null;
        if (schema == null || !streams.add(record, schema)) {
            malformed++;
            return;
        }
        storedEvents++;
    }

    @Override
    public boolean catchUp(final long deadlineNs) {
        // A trap's record is in the buffer when the fire returns; it is not known when the thread has come to it.
        return false;
    }

    @Override
    public Throwable failure() {
        return thread.failure();
    }

    @Override
    public boolean isLost() {
        return false;
    }

    @Override
    public boolean isStuck() {
        return buffer.isStuck();
    }

    @Override
    public long storedEvents() {
        return storedEvents;
    }

    @Override
    public Outcome finish(final boolean hasExited) {
        // When this returns, no program runs any more, so nothing is added to the buffer afterwards.
        final boolean wasStuck = isStuck();
        isDetached = program.detach();
        thread.stop();
        lose(LossCause.RECORD_STUCK, buffer.stuckRecords());
        lose(LossCause.BUFFER_FULL, program.failures(TrapFailure.BUFFER_FULL));
        lose(LossCause.COPY_FAULT, program.failures(TrapFailure.COPY_FAULT));
        lose(LossCause.MALFORMED, malformed);
        final List<RingAccount> accounts = streams.accounts();
        final long stored = accounts.stream().mapToLong(RingAccount::written).sum();
        final long foreign = program.failures(TrapFailure.WRONG_TARGET);
        final String warning = !isDetached ? KernelWarnings.NOT_DETACHED : wasStuck ? KernelWarnings.STUCK
            : program.stringFaults() > 0
            ? program.stringFaults() + " strings could not be read and are stored empty"
            : foreign > 0 ? Counted.was(foreign, "trap") + " ignored, of another process" : "";
        return new Outcome(thread.failure() == null && isDetached, false, accounts, stored, streams.storedBytes(),
            warning);
    }

    private void lose(final LossCause cause, final long events) {
        if (events > 0) {
            trace.loss(new LossInfo(LossInfo.NO_RING, cause, events, 0));
        }
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            thread.stop();
            program.close();
        }
    }
}
