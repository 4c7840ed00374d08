// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.Slot;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One program that fires, and the recorders that record it one after another. Closing ends all of them and deletes what
 * they wrote. For one thread.
 */
public final class Scene implements AutoCloseable {
    private static final List<String> TARGET_JARS = List.of("samples", "usdt-bridge", "ringbuffer", "agrona", "jna");
    private static final long SUSPENDED_MS = 40;
    private static final long SPIN_NS = 200_000;
    private static final long LOOK_MS = 20;

    private final Path directory;
    private final FiredFile fired;
    private final boolean isWrapped;
    private final ChildProgram target;
    private final List<ChildProgram> recorders = new ArrayList<>();
    private final List<Path> traces = new ArrayList<>();
    /** The target's shared files. They are only looked at to find the right moment for the next step. */
    private Target observed;
    private long command;

    private Scene(final Path directory, final FiredFile fired, final boolean isWrapped, final ChildProgram target) {
        this.isWrapped = isWrapped;
        this.directory = directory;
        this.fired = fired;
        this.target = target;
    }

    /**
     * Starts a program that fires when it is told to. Does not wait until the program can be traced.
     *
     * @param flags     JVM flags, such as {@code -Dsluice.policy=block}
     * @param threads   number of threads that the file counts
     * @param arguments arguments of {@link FiringProgram} after the file
     */
    public static Scene start(final Path parent, final List<String> flags, final int threads, final String... arguments)
        throws IOException {
        return startIn(List.of(), parent, flags, threads, arguments);
    }

    /** Starts such a program by a command that becomes the parent of the program's JVM. */
    public static Scene startIn(final List<String> wrapper, final Path parent, final List<String> flags,
        final int threads, final String... arguments) throws IOException {
        final Path directory = Files.createTempDirectory(parent, "scene");
        final Path file = directory.resolve("fired");
        final FiredFile fired = FiredFile.create(file, threads);
        final List<String> command = new ArrayList<>(List.of(FiringProgram.class.getName(), file.toString()));
        command.addAll(List.of(arguments));
        final List<String> all = new ArrayList<>(List.of("-Xmx256m"));
        all.addAll(flags);
        return new Scene(directory, fired, !wrapper.isEmpty(),
            ChildProgram.startServantBy(wrapper, directory, "target", all, targetClassPath(), command));
    }

    /** The class path of a traced application, and the program itself. */
    public static String targetClassPath() {
        final String tests =
            Path.of(FiringProgram.class.getProtectionDomain().getCodeSource().getLocation().getPath()).toString();
        return Arrays.stream(System.getProperty("java.class.path").split(":"))
            .filter(entry -> Path.of(entry).equals(Path.of(tests)) || TARGET_JARS.stream().anyMatch(name ->
                entry.contains('/' + name + "/target/") || Path.of(entry).getFileName().toString().startsWith(name)))
            .collect(Collectors.joining(":"));
    }

    /** Starts a recorder that is warm and records nothing yet. */
    public static ChildProgram warmRecorder(final Path directory) throws IOException {
        return ChildProgram.startServant(
            directory, "recorder", List.of("-Xmx256m"), System.getProperty("java.class.path"),
            List.of(RecorderHost.class.getName(), Files.createTempDirectory(directory, "warm").toString()));
    }

    public FiredFile fired() {
        return fired;
    }

    public ChildProgram target() {
        return target;
    }

    /** Process id of the program's JVM. */
    public long targetPid() {
        try {
            return isWrapped ? target.childPid() : target.pid();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the program can be traced. */
    public void awaitTarget() throws InterruptedException {
        target.awaitLine("pid", 1);
    }

    public void startFiring() {
        command = (command | 1) + (command & 1) * 2;
        fired.command(command);
    }

    /** Stops all firing and waits until it has stopped, so that nothing changes any more. */
    public void hold() throws InterruptedException {
        command = (command | 1) + 1;
        fired.command(command);
        ChildProgram.await("all threads hold: " + target, () -> {
            for (int i = 0; i < fired.threads(); i++) {
                if (fired.seen(i) != command) {
                    return false;
                }
            }
            return true;
        });
    }

    /** Joins options. */
    public static String[] with(final String[] options, final String... more) {
        return Stream.concat(Arrays.stream(options), Arrays.stream(more)).toArray(String[]::new);
    }

    /** Tells a warm recorder to record into a new trace. */
    public void record(final ChildProgram recorder, final String... options) throws IOException {
        recorders.add(recorder);
        recorder.send("record -p " + targetPid() + " -o " + newTrace() + " " + optionsText(options));
    }

    /**
     * Tells a warm recorder to record into a new trace, and to take the session of a stopped recorder as soon as
     * possible.
     */
    public void recordAsSoonAsPossible(final ChildProgram recorder, final String... options)
        throws IOException, InterruptedException {
        recorders.add(recorder);
        final String line =
            ("record -p " + targetPid() + " -o " + newTrace() + " --take-over " + optionsText(options)).strip();
        final int before = recorder.lines("status");
        recorder.send(line);
        final int[] refusals = {0};
        ChildProgram.await("the session can be taken: " + this, () -> {
            if (recorder.lines("status") > before + refusals[0]) {
                refusals[0]++;
                recorder.send(line);
            }
            return observed.control().holder().pid() == recorder.pid();
        });
    }

    /** Starts a recorder as the launcher does. */
    public ChildProgram startRecorder(final String... options) throws IOException {
        final List<String> arguments = new ArrayList<>(List.of("dev.sluice.cli.Main", "record", "-p",
            Long.toString(targetPid()), "-o", newTrace().toString()));
        arguments.addAll(List.of(options));
        optionsText(options);
        final ChildProgram recorder = ChildProgram.startServant(
            directory, "recorder", List.of("-Xmx256m"), System.getProperty("java.class.path"), arguments);
        recorders.add(recorder);
        return recorder;
    }

    private String optionsText(final String... options) {
        return String.join(" ", options);
    }

    private Path newTrace() {
        final Path trace = directory.resolve("trace" + (traces.size() + 1));
        traces.add(trace);
        return trace;
    }

    /** Waits until a recorder has the session; it may not have attached yet. */
    public void awaitSessionOf(final ChildProgram recorder) throws InterruptedException {
        if (observed == null) {
            observed = TargetFinder.open(targetPid()).get(0);
        }
        ChildProgram.await("the session is taken: " + this, () -> {
            if (!recorder.isAlive() || !target.isAlive()) {
                throw new AssertionError("recorder or target ended: " + this);
            }
            return observed.control().holder().pid() == recorder.pid();
        });
    }

    /** Waits until a recorder has the session and events are fired into it. */
    public void awaitEnabledBy(final ChildProgram recorder) throws InterruptedException {
        awaitSessionOf(recorder);
        // By then the target has seen that the session before has ended. Events that it fires from now on belong to the
        // new session.
        TimeUnit.MILLISECONDS.sleep(SUSPENDED_MS);
        awaitFiredMoreThan(fired.firedTotal());
    }

    /**
     * Waits until the consumer has stored and confirmed everything that the rings held. Called while all threads hold.
     * If the consumer ended with a batch that is stored but not confirmed, that batch would be in the accounts of both
     * sessions.
     */
    public void awaitReceived() throws InterruptedException {
        ChildProgram.await("all is received: " + this, () -> {
            for (int i = 0; i < observed.region().slotLimit(); i++) {
                final Slot slot = observed.region().slot(i);
                final long tail = slot.tailAcquire();
                if (slot.headVolatile(tail) < tail
                    || TaggedWord.value(observed.control().words().appendingVolatile(i)) != 0
                    || observed.region().drainedSequence(i)
                    > TaggedWord.value(observed.control().words().receivedVolatile(i))) {
                    return false;
                }
            }
            return true;
        });
    }

    /** Waits until full rings have refused or overwritten more events than they had at some earlier moment. */
    public void awaitRefusedMoreThan(final long before) throws InterruptedException {
        ChildProgram.await("a full ring refuses or overwrites: " + this, () -> refusedByRings() > before);
    }

    /** Number of events that full rings have refused or overwritten since the target began. */
    public long refusedByRings() {
        long events = 0;
        for (int i = 0; i < observed.region().slotLimit(); i++) {
            final Slot slot = observed.region().slot(i);
            events += slot.discardedAcquire() + slot.overwrittenAcquire();
        }
        return events;
    }

    /** Epoch of the newest session. */
    public int epoch() {
        return observed.control().holder().epoch();
    }

    /** Waits until the target has answered the newest session's command to enable. */
    public void awaitAllEnabled() throws InterruptedException {
        target.awaitLine("enabled", 1);
    }

    /** Waits until all threads of a wave have ended. */
    public void awaitWave() throws InterruptedException {
        ChildProgram.await("all threads of a wave end: " + this, () -> fired.seen(0) == command);
    }

    /**
     * Memory that the target has for itself and in the files that it shares, whether or not it has touched that memory.
     */
    public long residentBytes() throws IOException {
        long bytes = 0;
        for (final String line : Files.readAllLines(Path.of("/proc/" + target.pid() + "/status"))) {
            if (line.startsWith("RssAnon:") || line.startsWith("RssFile:")) {
                bytes += Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        return bytes + sharedBytes();
    }

    /** Memory in the files that the target shares, mostly for its rings. */
    public long sharedBytes() {
        try {
            return allocatedBytes(sharedFiles());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the shared memory fulfils a condition. */
    public void awaitSharedBytes(final String what, final LongPredicate enough) throws InterruptedException {
        final long[] bytes = {0};
        try {
            ChildProgram.await(what, () -> {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MS));
                bytes[0] = sharedBytes();
                return enough.test(bytes[0]);
            });
        } catch (final AssertionError e) {
            throw new AssertionError(e.getMessage() + ": " + bytes[0] + " bytes in shared files: " + this, e);
        }
    }

    private List<Path> sharedFiles() throws IOException {
        final Set<Object> inodes = new HashSet<>();
        final List<Path> files = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + target.pid() + "/fd"))) {
            for (final Path descriptor : descriptors.toList()) {
                try {
                    if (Files.readSymbolicLink(descriptor).toString().startsWith("/memfd:sluice")
                        && inodes.add(Files.getAttribute(descriptor, "unix:ino"))) {
                        files.add(descriptor);
                    }
                } catch (final NoSuchFileException e) {
                    // The target has closed the descriptor meanwhile.
                    continue;
                }
            }
        }
        return files;
    }

    private static long allocatedBytes(final List<Path> files) throws IOException {
        final List<String> command = new ArrayList<>(List.of("stat", "-L", "-c", "%b"));
        files.forEach(file -> command.add(file.toString()));
        final Process stat = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines()
            .mapToLong(Long::parseLong).sum() * 512;
    }

    /** Waits until more has been fired than at some earlier moment, which shows that a session is enabled. */
    public void awaitFiredMoreThan(final long before) throws InterruptedException {
        ChildProgram.await("an event is fired: " + this, () -> {
            if (!target.isAlive()) {
                throw new AssertionError("the target ended: " + this);
            }
            return fired.firedTotal() > before;
        });
    }

    /**
     * Waits for a time that a random generator chooses, as exactly as the machine allows. Returns the time in
     * microseconds.
     */
    public static long pause(final Random random, final long mostUs) {
        final long begin = System.nanoTime();
        final long us = (long) (random.nextDouble() * mostUs);
        for (long left = us * 1000; left > 0; left = us * 1000 - (System.nanoTime() - begin)) {
            if (left > SPIN_NS) {
                LockSupport.parkNanos(left - SPIN_NS);
            } else {
                Thread.onSpinWait();
            }
        }
        return us;
    }

    /** Reads all traces in the order of their sessions. */
    public TraceTally tally() {
        final TraceTally tally = new TraceTally();
        traces.forEach(tally::add);
        return tally;
    }

    /**
     * Checks R7 over all traces, for each ring and in total.
     *
     * @param inFlight greatest number of fires per thread that may have happened without having returned
     */
    public void checkAccount(final TraceTally tally, final int inFlight) {
        final List<String> wrong = new ArrayList<>();
        final Map<Integer, List<Integer>> threads = tally.ringOfThread().keySet().stream()
            .collect(Collectors.groupingBy(thread -> tally.ringOfThread().get(thread)));
        threads.forEach((ring, owners) -> {
            final long firedHere = owners.stream().mapToLong(fired::fired).sum();
            final long beyond = tally.rings().get(ring).accounted() - firedHere;
            if (beyond < 0 || beyond > (long) inFlight * owners.size()) {
                wrong.add("ring " + ring + " of threads " + owners + ": fired " + firedHere + ", accounted "
                    + (beyond > 0 ? "+" : "") + beyond + ": " + tally.rings().get(ring));
            }
        });
        final long beyond = tally.accountedTotal() - fired.firedTotal();
        if (beyond < 0 || beyond > (long) inFlight * fired.threads()) {
            wrong.add("in all: fired " + fired.firedTotal() + ", accounted " + (beyond > 0 ? "+" : "") + beyond);
        }
        tally.rings().forEach((ring, counts) -> {
            if (!counts.discardsMissing().isEmpty()) {
                wrong.add("ring " + ring + ": discarded events in no trace:" + counts.discardsMissing());
            }
        });
        for (int i = 0; i < fired.threads(); i++) {
            if (tally.lastIndexOfThread(i) >= fired.fired(i) + inFlight) {
                wrong.add("thread " + i + " stored up to " + tally.lastIndexOfThread(i) + ", fired "
                    + fired.fired(i));
            }
        }
        if (!wrong.isEmpty()) {
            throw new AssertionError(String.join("\n", wrong) + "\n" + tally + "\n" + this);
        }
    }

    @Override
    public String toString() {
        return target + "\n" + recorders.stream().map(ChildProgram::toString).collect(Collectors.joining("\n"));
    }

    /** Directories of all traces in the order of their sessions. */
    public List<Path> traces() {
        return List.copyOf(traces);
    }

    /** Directory of the newest trace. */
    public Path trace() {
        return traces.get(traces.size() - 1);
    }

    @Override
    public void close() {
        closeObserved();
        target.close();
        recorders.forEach(ChildProgram::close);
        deleteTree(directory);
    }

    /** Closes as {@link #close()} does, but keeps a recorder alive that will record others. */
    public void closeButRecorder() {
        closeObserved();
        target.close();
        deleteTree(directory);
    }

    private void closeObserved() {
        if (observed != null) {
            observed.close();
            observed = null;
        }
    }

    private static void deleteTree(final Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
