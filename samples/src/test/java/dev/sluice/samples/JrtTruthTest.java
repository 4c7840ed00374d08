// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class JrtTruthTest {
    @Test
    void shouldComputeWhatTheParserReportsWhenBothReadAllOfJavaBase() throws Exception {
        final List<Path> files = JrtScanner.list(Share.ALL).stream()
            .filter(path -> path.startsWith("/modules/java.base")).toList();
        assertThat(files).hasSizeGreaterThan(5_000);

        final EventTotals truth = JrtTruth.compute(Share.ALL,
            ModuleFinder.ofSystem().find("java.base").stream().toList());

        assertThat(scan(files, 2)).isEqualTo(truth);
        assertThat(truth.parsed()).isEqualTo(files.size());
        assertThat(truth.method()).isEqualTo(truth.parsedMethods());
        assertThat(truth.parsedBytes()).isEqualTo(sizes(files));
    }

    @Test
    void shouldComputeWhatTheParserReportsWhenBothReadAShare() throws Exception {
        final Share share = new Share(97);
        final EventTotals truth = JrtTruth.compute(share);
        assertThat(scan(JrtScanner.list(share), 3)).isEqualTo(truth);
        assertThat(truth.parsed()).isEqualTo((JrtScanner.list(Share.ALL).size() + 96) / 97);
    }

    @Test
    void shouldMultiplyTotalsWhenFilesAreParsedSeveralTimes() throws Exception {
        final List<Path> files = JrtScanner.list(new Share(1009));
        final EventTotals once = scan(files, 1);
        final List<JrtScanner.Result<CountingListener>> results =
            new JrtScanner<>(files, 3, CountingListener::new).scan(2);
        assertThat(total(results)).isEqualTo(once.plus(once).plus(once));
    }

    @Test
    void shouldNameEveryKindAndFieldWhenPrintedAsJson() {
        assertThat(new EventTotals(1, 2, 3, 4, 5, 6, 7, 8, 9).toJson()).isEqualTo(
            "{\"parsed\":1,\"parsed.bytes\":2,\"parsed.methods\":3,\"method\":4,\"method.descriptor_length\":5,"
                + "\"method.code_length\":6,\"constant\":7,\"constant.tag\":8,\"constant.length\":9}");
    }

    private static EventTotals scan(final List<Path> files, final int threads)
        throws IOException, InterruptedException {
        return total(new JrtScanner<>(files, 1, CountingListener::new).scan(threads));
    }

    private static EventTotals total(final List<JrtScanner.Result<CountingListener>> results) {
        return results.stream().map(result -> result.listener().totals()).reduce(EventTotals.NONE, EventTotals::plus);
    }

    private static long sizes(final List<Path> files) throws IOException {
        long bytes = 0;
        for (final Path file : files) {
            bytes += Files.size(file);
        }
        return bytes;
    }
}
