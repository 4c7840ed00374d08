// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExhaustedHeapTest {
    @TempDir
    private Path directory;

    /** Holds all of its heap for longer than the control thread's slow period, and says whether that thread lives. */
    public static final class Program {
        private static Object[] all;

        private Program() {
        }

        /** Ends with 0 if the control thread has survived. */
        public static void main(final String[] arguments) {
            final Tracepoint tracepoint = Provider.named("heap").tracepoint("t");
            Provider.named("heap").load();
            tracepoint.fire();
            fill(1 << 20);
            final long begin = System.nanoTime();
            while (System.nanoTime() - begin < TimeUnit.MILLISECONDS.toNanos(2500)) {
                fill(4);
            }
            all = null;
            System.exit(Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("sluice-control")) ? 0 : 1);
        }

        private static void fill(final int firstLength) {
            for (int length = firstLength; length > 0;) {
                try {
                    final Object[] next = new Object[length];
                    next[0] = all;
                    all = next;
                } catch (final OutOfMemoryError e) {
                    length /= 2;
                }
            }
        }
    }

    @Test
    void shouldKeepTheControlThreadWhenTheHeapIsExhausted() throws IOException, InterruptedException {
        ChildProgram.runJava(directory, Program.class, "-Xmx24m", "-XX:+UseSerialGC");
    }
}
