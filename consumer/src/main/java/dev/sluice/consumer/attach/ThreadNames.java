// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Finds the id and the name of a process's thread by the id that the process itself sees. If the process is in another
 * pid namespace, that id differs from the id here. Asks the kernel at most once a second about a thread. For one
 * thread.
 */
public final class ThreadNames {
    private static final int MAX_THREADS = 1 << 16;
    private static final long FRESH_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long SCAN_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final TargetProcess process;
    private final boolean isElsewhere;
    private final Map<Integer, Known> known = new HashMap<>();
    private final Map<Integer, Integer> idsHere = new HashMap<>();
    private long scannedNs;

    /**
     * A thread.
     *
     * @param tid  the thread's id in the pid namespace of this consumer, like the process's id; 0 if the thread was in
     *             another namespace and ended before it was looked at
     * @param name the kernel's name for the thread; empty if it has ended
     */
    public record Identity(int tid, String name) {
    }

    private record Known(Identity identity, long atNs) {
    }

    /** Finds the threads of one process. */
    public ThreadNames(final TargetProcess process) {
        this.process = process;
        isElsewhere = process.threadIds((int) process.pid()).size() > 1;
        scannedNs = System.nanoTime() - SCAN_NS;
        if (isElsewhere) {
            scan();
        }
    }

    /** The thread that has this id in the process's own namespace. */
    public Identity of(final int tidInside) {
        final long now = System.nanoTime();
        final Known last = known.get(tidInside);
        if (last != null && now - last.atNs < FRESH_NS) {
            return last.identity;
        }
        if (known.size() >= MAX_THREADS) {
            known.clear();
        }
        Identity identity = look(tidInside);
        if (identity.name.isEmpty() && last != null) {
            // The thread has ended since. It keeps its last name.
            identity = last.identity;
        }
        known.put(tidInside, new Known(identity, now));
        return identity;
    }

    private Identity look(final int tidInside) {
        if (!isElsewhere) {
            return new Identity(tidInside, process.threadName(tidInside));
        }
        Integer here = idsHere.get(tidInside);
        if (here == null || !isInside(here, tidInside)) {
            if (System.nanoTime() - scannedNs >= SCAN_NS) {
                scan();
            }
            here = idsHere.get(tidInside);
        }
        return here == null ? new Identity(0, "") : new Identity(here, process.threadName(here));
    }

    private boolean isInside(final int here, final int tidInside) {
        final List<Integer> ids = process.threadIds(here);
        return !ids.isEmpty() && ids.get(ids.size() - 1) == tidInside;
    }

    private void scan() {
        idsHere.clear();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.path("task"))) {
            for (final Path thread : threads) {
                final int here = Integer.parseInt(thread.getFileName().toString());
                final List<Integer> ids = process.threadIds(here);
                if (!ids.isEmpty() && idsHere.size() < MAX_THREADS) {
                    idsHere.put(ids.get(ids.size() - 1), here);
                }
            }
        } catch (final IOException | DirectoryIteratorException e) {
            // The process has ended. There is no more to find.
            return;
        } finally {
            scannedNs = System.nanoTime();
        }
    }
}
