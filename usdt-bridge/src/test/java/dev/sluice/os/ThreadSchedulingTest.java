// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the kernel says of the thread is the measure. */
class ThreadSchedulingTest {
    private static final long TIMEOUT_S = 30;
    private static final String LIST = "Cpus_allowed_list:";

    /** The kernel's list, such as {@code 0-3,6}. */
    private static BitSet kernelsView() throws Exception {
        final BitSet processors = new BitSet();
        try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/status"))) {
            final String list = lines.filter(line -> line.startsWith(LIST)).findFirst().orElseThrow()
                .substring(LIST.length()).trim();
            for (final String range : list.split(",")) {
                final String[] ends = range.split("-");
                processors.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
            }
        }
        return processors;
    }

    @Test
    void shouldSayWhatTheKernelSaysWhenAThreadIsFree() throws Exception {
        assertThat(ThreadScheduling.processors()).isEqualTo(kernelsView())
            .matches(processors -> processors.cardinality() > 0);
    }

    /** Field 19 of the kernel's line, of which the name in parentheses may have blanks. */
    private static int kernelsNice() throws Exception {
        final String line = Files.readString(Path.of("/proc/thread-self/stat"));
        return Integer.parseInt(line.substring(line.lastIndexOf(')') + 2).split(" ")[16]);
    }

    /** What nice(1) of the system may do in this process's place; it prints what it has come to. */
    private static boolean mayHave(final int nice) throws Exception {
        final Process process = new ProcessBuilder("nice", "-n", Integer.toString(nice - kernelsNice()), "nice")
            .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        assertThat(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip()
            .equals(Integer.toString(nice));
    }

    @Test
    void shouldGiveOneThreadMorePrecedenceAndNeverLess() throws Exception {
        final int before = kernelsNice();
        final boolean isAllowed = mayHave(before - 7);
        assertThat(ThreadScheduling.isAllowed(before - 7)).isEqualTo(isAllowed);
        assertThat(kernelsNice()).as("tried by another thread").isEqualTo(before);
        inThread(() -> {
            assertThat(ThreadScheduling.nice()).isEqualTo(before);
            assertThat(ThreadScheduling.precede(before)).isTrue();
            assertThat(ThreadScheduling.precede(before - 7)).isEqualTo(isAllowed);
            assertThat(kernelsNice()).isEqualTo(isAllowed ? before - 7 : before);
            assertThat(ThreadScheduling.nice()).isEqualTo(kernelsNice());
            assertThat(ThreadScheduling.precede(before + 1)).as("has more already").isTrue();
            assertThat(kernelsNice()).isEqualTo(isAllowed ? before - 7 : before);
        });
        assertThat(kernelsNice()).isEqualTo(before);
    }

    @Test
    void shouldKeepOneThreadAloneWhenItIsSet() throws Exception {
        final BitSet before = kernelsView();
        final BitSet wanted = new BitSet();
        wanted.set(before.length() - 1);
        inThread(() -> {
            assertThat(ThreadScheduling.keepOn(before.length() - 1)).isTrue();
            assertThat(kernelsView()).isEqualTo(wanted);
            assertThat(ThreadScheduling.processors()).isEqualTo(wanted);
            assertThat(ThreadScheduling.keepOn(8_191)).isFalse();
            assertThat(kernelsView()).isEqualTo(wanted);
        });
        assertThat(kernelsView()).isEqualTo(before);
    }

    /** Work that may throw. */
    private interface Work {
        void run() throws Exception;
    }

    private static void inThread(final Work work) throws Exception {
        final CompletableFuture<Void> done = new CompletableFuture<>();
        new Thread(() -> {
            try {
                work.run();
                done.complete(null);
            } catch (final Exception | AssertionError e) {
                done.completeExceptionally(e);
            }
        }).start();
        done.get(TIMEOUT_S, TimeUnit.SECONDS);
    }
}
