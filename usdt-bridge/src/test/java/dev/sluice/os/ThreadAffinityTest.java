// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the kernel says of the thread is the measure. */
class ThreadAffinityTest {
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
        assertThat(ThreadAffinity.get()).isEqualTo(kernelsView()).matches(processors -> processors.cardinality() > 0);
    }

    @Test
    void shouldKeepOneThreadAloneWhenItIsSet() throws Exception {
        final BitSet before = kernelsView();
        final BitSet wanted = new BitSet();
        wanted.set(before.length() - 1);
        final CompletableFuture<Void> kept = new CompletableFuture<>();
        new Thread(() -> {
            try {
                assertThat(ThreadAffinity.set(before.length() - 1)).isTrue();
                assertThat(kernelsView()).isEqualTo(wanted);
                assertThat(ThreadAffinity.get()).isEqualTo(wanted);
                assertThat(ThreadAffinity.set(8_191)).isFalse();
                assertThat(kernelsView()).isEqualTo(wanted);
                kept.complete(null);
            } catch (final Exception | AssertionError e) {
                kept.completeExceptionally(e);
            }
        }).start();
        kept.get(TIMEOUT_S, TimeUnit.SECONDS);
        assertThat(kernelsView()).isEqualTo(before);
    }
}
