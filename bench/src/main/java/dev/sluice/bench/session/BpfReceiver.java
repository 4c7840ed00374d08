// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.session;

import dev.sluice.bench.fire.ConsumerThread;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bpf.drain.DrainBuffers;
import dev.sluice.bpf.drain.DrainConfig;
import dev.sluice.bpf.drain.DrainProgram;
import dev.sluice.bpf.libbpf.RecordHandler;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A session of this process's own target. BPF drains its batches, and a thread receives them without storing them: how
 * much a disk can take is another question.
 */
public final class BpfReceiver implements AutoCloseable {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long PARK_NS = 50_000;
    private static final int POLL_LIMIT = 64;

    private final Target target;
    private final Session session;
    private final DrainProgram program;
    private final DrainBuffers buffers;
    private final ConsumerThread receiver = new ConsumerThread("bpf-receiver", this::run);
    /** Null where only the headers are looked at. */
    private final PacketTally tally;
    private final PacketHeader packet = new PacketHeader();
    private final BatchCounts counts = new BatchCounts();
    private volatile boolean stopped;

    /** Takes the session and enables everything that matches, under BLOCK. */
    public BpfReceiver(final String pattern) {
        this(pattern, FullPolicy.BLOCK);
    }

    /** Takes the session and enables everything that matches, under a policy for full rings. */
    public BpfReceiver(final String pattern, final FullPolicy policy) {
        this(pattern, policy, null);
    }

    /**
     * The same under BLOCK, for events that have two longs, those of every event, and nothing else: one batch in some
     * is read.
     */
    public static BpfReceiver checking(final String pattern) {
        return new BpfReceiver(pattern, FullPolicy.BLOCK, new PacketTally());
    }

    /** The same for events that have other fields. */
    public static BpfReceiver checking(final String pattern, final EventFields fields) {
        return new BpfReceiver(pattern, FullPolicy.BLOCK, new PacketTally(fields));
    }

    private BpfReceiver(final String pattern, final FullPolicy policy, final PacketTally tally) {
        this.tally = tally;
        final int pid = (int) ProcessHandle.current().pid();
        target = TargetFinder.open(pid).get(0);
        session = Session.take(target, TIMEOUT_NS);
        final long stub = target.control().drainStub();
        final UsdtProbe probe = ProcessProbes.of(pid).stream()
            .filter(p -> p.siteAddress() == stub).findFirst()
            .orElseThrow(() -> new IllegalStateException("this process has no drain probe at " + stub));
        program = DrainProgram.load(
            new DrainConfig(pid, session.epoch(), target.control().slotCount(), RecordOptions.DEFAULT_RING_BUFFER_BYTES)
                .withHotBuffer(RecordOptions.HOT_BUFFER_BYTES));
        program.attach(pid, probe.path(), probe.siteOffset(), probe.semaphoreOffset());
        buffers = program.buffers();
        final Command.Answer answer = session.command(Command.Kind.ENABLE, new Command.Enable(
            Command.Source.BPF, policy, !program.variant().isExact(), buffers.capacity(), TIMEOUT_NS,
            TIMEOUT_NS, List.of(pattern)).encode(), TIMEOUT_NS);
        if (answer == null || answer.result() != Command.Result.OK || answer.count() == 0) {
            throw new IllegalStateException("nothing enabled: pattern=" + pattern + " answer=" + answer);
        }
        receiver.start();
    }

    private void run() {
        // The handler is made once, because everything that this thread allocates would be counted for the owner.
        final RecordHandler handler = this::receive;
        while (!stopped) {
            final int records = buffers.poll(handler, POLL_LIMIT);
            session.words().publishConsumed(buffers.consumedBytes());
            if (records == 0) {
                LockSupport.parkNanos(PARK_NS);
            }
        }
    }

    private void receive(final long address, final int length) {
        packet.at(address);
        session.words().publishReceived(packet.ring(), packet.sequence());
        if (tally != null) {
            tally.add(packet);
        }
        counts.add(packet);
    }

    /** Drains what the calling thread's ring has, whenever that thread wants it. */
    public OwnFlush ownFlush() {
        return new OwnFlush(target, target.control().drainStub());
    }

    /** What the calling thread's ring says of itself. */
    public OwnRing ownRing() {
        return new OwnRing(target);
    }

    /** Events received: proof that they were drained. */
    public long events() {
        return counts.events();
    }

    /**
     * What was received, as what is found on the other side; for after {@link #finish}.
     *
     * @throws IllegalStateException if events that are read are not those that were reported
     */
    public Stored stored() {
        final Stored stored = tally == null
            ? new Stored(counts.events(), "events that the headers of the batches count") : tally.stored();
        return stored.withTraps(counts.batches()).inMemory(counts.bytes());
    }

    /** Batches that BPF counted as failed. */
    public long failures() {
        return program.failures().values().stream().mapToLong(f -> f.batches()).sum();
    }

    /**
     * Ends the firing and receives what the rings still hold, so that {@link #events} is the number of all.
     *
     * @throws IllegalStateException if the target does not answer
     */
    public void finish() {
        final Command.Answer answer = session.command(Command.Kind.DISABLE, new byte[0], TIMEOUT_NS);
        if (answer == null || answer.result() != Command.Result.OK) {
            throw new IllegalStateException("the rings were not flushed: answer=" + answer);
        }
        final long deadline = System.nanoTime() + TIMEOUT_NS;
        while (!buffers.isEmpty()) {
            receiver.requireSound();
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("what BPF drained is not received");
            }
            LockSupport.parkNanos(PARK_NS);
        }
        stopped = true;
        try {
            receiver.awaitEnd(TIMEOUT_NS, TimeUnit.NANOSECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted before everything was received", e);
        }
    }

    @Override
    public void close() {
        if (!stopped) {
            session.command(Command.Kind.DISABLE, new byte[0], TIMEOUT_NS);
            stopped = true;
            end();
        }
        receiver.closeBehind(() -> {
            program.close();
            session.close();
            target.close();
        });
    }

    /** Of a turn that has failed by then: how this thread ended is not asked any more. */
    private void end() {
        try {
            receiver.awaitEnd(TIMEOUT_NS, TimeUnit.NANOSECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (final IllegalStateException e) {
            System.err.println(e.getMessage());
        }
    }
}
