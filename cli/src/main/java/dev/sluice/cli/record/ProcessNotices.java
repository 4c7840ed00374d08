// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.Terminal;
import dev.sluice.cli.target.ProcessName;
import dev.sluice.consumer.record.TargetJoiner;
import dev.sluice.consumer.record.TargetResult;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.text.Counted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a recording tells of its processes: who joins, who ends, and who is not recorded and why. Any thread may tell;
 * {@link #print} is for the thread that has the terminal.
 */
final class ProcessNotices implements TargetJoiner.Listener {
    private static final int MOST_NAMED = 20;

    private final String prefix;
    /** The names of processes: those who have ended cannot be asked any more. */
    private final Map<Long, String> names = new ConcurrentHashMap<>();
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final Set<String> reasons = ConcurrentHashMap.newKeySet();
    private final AtomicInteger refused = new AtomicInteger();
    /** Processes that were recorded from the begin; replaced as a whole. */
    private volatile List<Long> first = List.of();
    private volatile boolean isOpen;

    /** Begins each line with a prefix. */
    ProcessNotices(final String prefix) {
        this.prefix = prefix;
    }

    /** Says that not only named processes are recorded. */
    void open() {
        isOpen = true;
    }

    /** Takes the processes that are named. */
    void named(final List<Long> pids) {
        first = List.copyOf(pids);
        pids.forEach(this::remember);
    }

    /** The processes that are named. */
    List<Long> named() {
        return first;
    }

    private String remember(final long pid) {
        return names.computeIfAbsent(pid, ProcessName::describe);
    }

    /** "process 4711 (shop.Orders)". */
    String nameOf(final long pid) {
        return names.getOrDefault(pid, "process " + pid);
    }

    /** Whether one process is recorded, which was named. */
    boolean isOfOne() {
        return !isOpen && first.size() == 1;
    }

    /** Whether any of the processes that were recorded first still runs. */
    boolean isAnyRunning() {
        return names.keySet().stream().anyMatch(pid -> ProcessHandle.of(pid).isPresent());
    }

    /** What is recorded, in short: "process 4711" or "3 targets". */
    String subject(final int targets) {
        return isOfOne() ? "process " + first.get(0) : Counted.of(targets, "target");
    }

    /** What is recorded at the begin: the processes that were named, if there are several. */
    String subjects(final int targets) {
        if (isOfOne()) {
            return subject(targets);
        }
        final List<String> told = new ArrayList<>(first.stream().limit(MOST_NAMED).map(this::nameOf).toList());
        if (first.size() > told.size()) {
            told.add(first.size() - told.size() + " more");
        }
        return subject(targets) + (isOpen || told.isEmpty() ? "" : ": " + String.join(", ", told));
    }

    /** What 'sluice list' is to be given to show these processes. */
    String listOption() {
        return isOfOne() ? " -p " + first.get(0) : "";
    }

    /** Number of processes that were not recorded although they were to be. */
    int refused() {
        return refused.get();
    }

    /** Tells why shared mode is used: once each reason, however many targets it concerns. */
    void shared(final String reason) {
        if (reasons.add(reason)) {
            lines.add("draining in shared mode: " + reason);
        }
    }

    @Override
    public void joined(final long pid, final int tracepoints) {
        lines.add(remember(pid) + " joins: " + Counted.of(tracepoints, "tracepoint"));
    }

    @Override
    public void refused(final long pid, final RuntimeException why) {
        refused.incrementAndGet();
        lines.add(remember(pid) + " is not recorded: "
            + String.valueOf(why.getMessage()).lines().findFirst().orElse(why.toString()));
    }

    @Override
    public void blind(final RuntimeException why) {
        lines.add("no process can join at the moment: " + why.getMessage());
    }

    /** Tells a line of something else that goes on meanwhile. */
    void told(final String line) {
        lines.add(line);
    }

    /** Tells that the part of a target has ended, if others go on. */
    void ended(final TargetResult target, final int others) {
        if (isOfOne()) {
            return;
        }
        final String how = target.kind() == EndKind.TARGET_EXITED ? "has ended"
            : target.kind() == EndKind.SESSION_TAKEN ? "was taken by another sluice" : "is recorded no more";
        lines.add(nameOf(target.pid()) + ' ' + how + "; " + Counted.of(others, "target") + " left");
    }

    /** Prints what was told since the last time. */
    void print(final Terminal terminal) {
        if (!lines.isEmpty()) {
            terminal.clear();
        }
        for (String line = lines.poll(); line != null; line = lines.poll()) {
            Notices.print(prefix + line);
        }
    }
}
