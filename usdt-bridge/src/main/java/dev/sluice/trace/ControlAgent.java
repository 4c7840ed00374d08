// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.Command;
import dev.sluice.ring.ControlFile;
import dev.sluice.ring.Memory;
import dev.sluice.ring.RingDrainer;
import dev.sluice.ring.TaggedWord;
import dev.sluice.usdt.NativeCalls;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The duty cycle of the control thread: applies commands, watches the session's heartbeat, flushes slow rings, sweeps
 * dead ones, writes clock triples. It alone writes enable bits. {@link #add} may be called by any thread.
 */
final class ControlAgent implements Runnable {
    private static final long IDLE_PERIOD_NS = 20_000_000L;
    private static final long SESSION_PERIOD_NS = 5_000_000L;
    private static final long SLOW_PERIOD_NS = 1_000_000_000L;
    private static final long FINAL_FLUSH_NS = 5_000_000_000L;
    /** Time for a fire that saw its bit before it was cleared to commit its event. */
    private static final long GRACE_NS = 2_000_000L;
    private static final long ADD_TIMEOUT_MS = 1000;
    private static final long NS_PER_US = 1000;
    private static final int ENABLE_BITS_OFFSET = 2;

    private final Target target;
    private final Rings rings;
    private final ControlFile file;
    private final List<Tracepoint> tracepoints = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this, "sluice-control");
    private RingDrainer drainer;
    private ClockWatch clockWatch;
    private long lastFlushNs;
    private long lastSlowNs;
    private volatile boolean isEnding;

    ControlAgent(final Target target, final Rings rings) {
        this.target = target;
        this.rings = rings;
        this.file = target.controlFile();
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Puts loaded tracepoints under control, and waits until the session's selection is applied to them. */
    void add(final List<Tracepoint> loaded) {
        tracepoints.addAll(loaded);
        final CountDownLatch applied = new CountDownLatch(1);
        additions.add(applied);
        LockSupport.unpark(thread);
        try {
            if (!applied.await(ADD_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                Warnings.once("the control thread does not answer; new tracepoints are enabled late");
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Flushes in every cycle from now on: the process ends. Any thread. */
    void end() {
        isEnding = true;
        LockSupport.unpark(thread);
    }

    private final List<CountDownLatch> additions = new CopyOnWriteArrayList<>();

    /** With no memory left, even the first look at a class may fail. */
    private static void report(final Throwable failure) {
        try {
            Warnings.failure("control thread", failure);
            LockSupport.parkNanos(IDLE_PERIOD_NS);
        } catch (final Throwable e) {
            // Nobody can be told; the thread must live.
            return;
        }
    }

    @Override
    public void run() {
        while (true) {
            try {
                if (drainer == null) {
                    drainer = target.newDrainer(NativeCalls.get().gettid());
                    clockWatch =
                        new ClockWatch(target.clock(), target.memory().region().lastTripleAddress());
                }
                dutyCycle();
                LockSupport.parkNanos(target.session() == Session.NONE ? IDLE_PERIOD_NS : SESSION_PERIOD_NS);
            } catch (final Throwable e) {
                report(e);
            }
        }
    }

    private void dutyCycle() throws IOException {
        final long now = System.nanoTime();
        file.targetHeartbeatRelease(now);
        final long word = file.commandVolatile();
        if (word != file.ackVolatile()) {
            Command.acknowledge(file, word, apply(word));
        }
        watchSession(now);
        if (!additions.isEmpty()) {
            final List<CountDownLatch> waiting = List.copyOf(additions);
            applyBits(file.activeEpochVolatile() != 0);
            waiting.forEach(CountDownLatch::countDown);
            additions.removeAll(waiting);
        }
        if (target.memory().isRegionFile()) {
            // Every cycle: what a dead process's file says to be unreceived is at most some milliseconds old.
            target.memory().copyReceived();
        }
        if (isEnding || now - lastFlushNs >= target.settings().flushPeriodNs()) {
            lastFlushNs = now;
            if (file.activeEpochVolatile() != 0 && target.session().strategy().isInTarget()) {
                rings.flush(drainer);
            }
        }
        if (now - lastSlowNs >= SLOW_PERIOD_NS) {
            lastSlowNs = now;
            rings.sweep();
        }
        clockWatch.update();
    }

    private Command.Answer apply(final long word) throws IOException {
        final Command command = Command.receive(file, word);
        if (command == null) {
            return new Command.Answer(Command.RESULT_TORN, 0, "the body is not that of the command word");
        }
        if (TaggedWord.epoch(file.sessionVolatile()) != command.epoch()) {
            return new Command.Answer(Command.RESULT_STALE, 0, "the session word has another epoch");
        }
        return switch (command.kind()) {
            case Command.KIND_ENABLE -> enable(command);
            case Command.KIND_DISABLE -> disable();
            case Command.KIND_FLUSH -> flushed();
            default -> new Command.Answer(Command.RESULT_UNKNOWN_KIND, 0,
                "kind=" + command.kind() + " is unknown to this version of the library: update the application's");
        };
    }

    private Command.Answer enable(final Command command) throws IOException {
        final Command.Enable enable;
        try {
            enable = Command.Enable.decode(command.payload());
        } catch (final IllegalArgumentException e) {
            return new Command.Answer(Command.RESULT_FAILED, 0, e.getMessage());
        }
        if (enable.source() != Command.Enable.SOURCE_BPF && enable.source() != Command.Enable.SOURCE_SHARED) {
            return new Command.Answer(Command.RESULT_FAILED, 0, "source=" + enable.source()
                + " is unknown to this version of the library: update the application's");
        }
        if (enable.source() == Command.Enable.SOURCE_SHARED && target.memory().isRegionFile()) {
            return new Command.Answer(Command.RESULT_FAILED, 0, "its region is a file (sluice.region.dir), which is"
                + " never drained in shared mode: whoever truncated it would kill the consumer; drain by BPF, or start"
                + " the application without that property");
        }
        if (file.activeEpochVolatile() != command.epoch()) {
            file.creditsClaimedVolatile(TaggedWord.of(command.epoch(), 0));
            rings.adopt(drainer, command.epoch());
        }
        file.sessionBuffer(enable.creditBytes(), enable.sizeClasses() ? 1 : 0);
        target.session(Session.of(command.epoch(), enable, target.settings()));
        file.activeEpochVolatile(command.epoch());
        target.wakeClock();
        return new Command.Answer(Command.RESULT_OK, applyBits(true), "");
    }

    private Command.Answer disable() throws IOException {
        final Session session = target.session();
        target.session(session.withoutPatterns());
        applyBits(false);
        LockSupport.parkNanos(GRACE_NS);
        return flushed();
    }

    private Command.Answer flushed() throws IOException {
        if (!target.session().strategy().isInTarget()) {
            // The consumer sees every committed event itself.
            return new Command.Answer(Command.RESULT_OK, 0, "");
        }
        final long begin = System.nanoTime();
        int outcome = rings.flush(drainer);
        while (outcome != RingDrainer.DRAINED && outcome != RingDrainer.NO_SESSION
            && System.nanoTime() - begin < FINAL_FLUSH_NS && isFresh(target.session(), System.nanoTime())) {
            LockSupport.parkNanos(SESSION_PERIOD_NS / 10);
            file.targetHeartbeatRelease(System.nanoTime());
            outcome = rings.flush(drainer);
        }
        return outcome == RingDrainer.DRAINED ? new Command.Answer(Command.RESULT_OK, 0, "")
            : new Command.Answer(Command.RESULT_INCOMPLETE, 0, "not every ring is drained: outcome=" + outcome);
    }

    /** docs/protocol.md section 4, step 8, and the resumption of a session that was only stopped. */
    private void watchSession(final long now) {
        final Session session = target.session();
        if (session == Session.NONE) {
            return;
        }
        final long word = file.sessionVolatile();
        final boolean ended = TaggedWord.epoch(word) != session.epoch() || TaggedWord.value(word) == 0;
        final boolean active = file.activeEpochVolatile() != 0;
        final boolean wanted = !ended && isFresh(session, now);
        if (active && !wanted) {
            // Bits first: an owner that waits for room gives up when the epoch goes, and must not fire again.
            applyBits(false);
            file.activeEpochVolatile(0);
        } else if (wanted && !active) {
            file.activeEpochVolatile(session.epoch());
            target.wakeClock();
            applyBits(true);
        }
        if (ended) {
            target.session(Session.NONE);
        }
    }

    private boolean isFresh(final Session session, final long now) {
        final long heartbeat = file.heartbeatVolatile();
        final long ageUs = now / NS_PER_US - TaggedWord.value(heartbeat) << 16 >> 16;
        return TaggedWord.epoch(heartbeat) == session.epoch() && ageUs * NS_PER_US < session.staleAfterNs();
    }

    /** Sets every tracepoint's enable bits as the session selects; returns how many are on. */
    private int applyBits(final boolean active) {
        final Session session = target.session();
        int count = 0;
        for (final Tracepoint tracepoint : tracepoints) {
            final boolean on = active && session.selects(tracepoint.qualifiedName());
            Memory.putShortRelease(tracepoint.wordAddress() + ENABLE_BITS_OFFSET,
                (short) (on ? Tracepoint.RING_ON : 0));
            count += on ? 1 : 0;
        }
        return count;
    }
}
