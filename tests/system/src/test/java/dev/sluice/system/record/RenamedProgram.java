// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static dev.sluice.trace.Field.int64;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A traced program whose thread takes another name when a file is there, as threads of a pool do for each task. */
final class RenamedProgram {
    static final String FIRST = "task-1";
    static final String SECOND = "the second task";

    private RenamedProgram() {
    }

    /** The program; its argument is the file. */
    public static void main(final String[] arguments) throws InterruptedException {
        final Provider provider = Provider.named("renamed");
        final Tracepoint tracepoint = provider.tracepoint("fired", int64("n"));
        provider.load();
        final Path file = Path.of(arguments[0]);
        Thread.currentThread().setName(FIRST);
        System.out.println("ready");
        final long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        for (long n = 0; System.nanoTime() < end; n++) {
            tracepoint.fire(n);
            if (Thread.currentThread().getName().equals(FIRST) && Files.exists(file)) {
                Thread.currentThread().setName(SECOND);
            }
            Thread.sleep(5);
        }
    }
}
