// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.bpf.DrainBuffers;
import dev.sluice.bpf.DrainConfig;
import dev.sluice.bpf.DrainProgram;
import dev.sluice.bpf.RecordHandler;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.Command;
import dev.sluice.ring.FullPolicy;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A session of this process's own target whose batches BPF drains and a thread receives, without storing them: what a
 * disk can take is another question.
 */
final class BpfReceiver implements AutoCloseable {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long PARK_NS = 50_000;
    private static final int POLL_LIMIT = 64;

    private final Target target;
    private final Session session;
    private final DrainProgram program;
    private final DrainBuffers buffers;
    private final Thread thread;
    private volatile boolean stopped;
    private volatile long events;

    /** Takes the session and enables everything that matches, under BLOCK. */
    BpfReceiver(final String pattern) {
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
        final Command.Answer answer = session.command(Command.KIND_ENABLE, new Command.Enable(
            Command.Enable.SOURCE_BPF, FullPolicy.BLOCK, !program.variant().isExact(), buffers.capacity(), TIMEOUT_NS,
            TIMEOUT_NS, List.of(pattern)).encode(), TIMEOUT_NS);
        if (answer == null || answer.result() != Command.RESULT_OK || answer.count() == 0) {
            throw new IllegalStateException("nothing enabled: pattern=" + pattern + " answer=" + answer);
        }
        thread = new Thread(this::run, "bpf-receiver");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        // One object: what this thread allocates would count as the owner's.
        final RecordHandler handler = this::receive;
        while (!stopped) {
            final int records = buffers.poll(handler, POLL_LIMIT);
            session.consumed(buffers.consumedBytes());
            if (records == 0) {
                LockSupport.parkNanos(PARK_NS);
            }
        }
    }

    private void receive(final long address, final int length) {
        session.received(Memory.getInt(address + PacketHeaderDescriptor.RING_OFFSET),
            Memory.getLong(address + PacketHeaderDescriptor.SEQUENCE_OFFSET));
        events += Memory.getInt(address + PacketHeaderDescriptor.EVENT_COUNT_OFFSET);
    }

    /** Events received: proof that they were drained. */
    long events() {
        return events;
    }

    /** Batches that BPF counted as failed. */
    long failures() {
        return program.failures().values().stream().mapToLong(f -> f.batches()).sum();
    }

    @Override
    public void close() {
        session.command(Command.KIND_DISABLE, new byte[0], TIMEOUT_NS);
        stopped = true;
        try {
            thread.join(TimeUnit.NANOSECONDS.toMillis(TIMEOUT_NS));
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        program.close();
        session.close();
        target.close();
    }
}
