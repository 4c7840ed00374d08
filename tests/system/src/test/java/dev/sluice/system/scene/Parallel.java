// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Runs some scenes at the same time, because most of their time is waiting until a session is stale. */
public final class Parallel {
    private static final int AT_A_TIME = 3;

    private Parallel() {
    }

    /** What one thread does. */
    public interface Task {
        void run() throws Exception;
    }

    /** Runs all tasks; the first failure ends the others. */
    public static void run(final List<Task> tasks) throws InterruptedException, ExecutionException {
        final ExecutorService pool = Executors.newFixedThreadPool(AT_A_TIME);
        try {
            final List<Future<?>> running = new ArrayList<>();
            for (final Task task : tasks) {
                running.add(pool.submit(() -> {
                    task.run();
                    return null;
                }));
            }
            for (final Future<?> future : running) {
                future.get();
            }
        } finally {
            pool.shutdownNow();
            if (!pool.awaitTermination(2, TimeUnit.MINUTES)) {
                System.err.println("some scene does not end");
            }
        }
    }
}
