// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.NativeTarget;
import dev.sluice.bpf.NativeTarget.Header;
import dev.sluice.ring.memory.Memory;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Memory of another process, copied by a program that this process runs itself (issue 12, part 4). */
@OneJdk
@KernelTest
@Timeout(400)
class PullProgramTest {
    private static final int PAGE = 4096;
    private static final int SEQUENCE_OFFSET = 56;
    private static final int CHANGES = 200;

    @TempDir
    private Path directory;

    private static PullProgram load(final NativeTarget target) {
        return PullProgram.load(target.pid());
    }

    /** Where the target has mapped the file that it shares with this test. */
    private Path sharedFile() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("shared")).findFirst().orElseThrow();
        }
    }

    private long sharedAddress(final NativeTarget target) throws IOException {
        final String file = sharedFile().toString();
        return Files.readAllLines(Path.of("/proc/" + target.pid() + "/maps")).stream()
            .filter(line -> line.endsWith(file))
            .mapToLong(line -> Long.parseUnsignedLong(line.substring(0, line.indexOf('-')), 16))
            .findFirst().orElseThrow();
    }

    @Test
    void shouldCopyEveryRangeToItsPlaceWhenRun() throws IOException {
        try (NativeTarget target = new NativeTarget(directory); PullProgram program = load(target)) {
            final long from = sharedAddress(target);
            final byte[] longest = target.content(PAGE, PullProgram.MAX_RANGE_LENGTH, 3);
            final byte[] odd = target.content(PAGE * 32 + 5, 77, 9);
            program.range(0, from + PAGE, PullProgram.MAX_RANGE_LENGTH, PullProgram.MAX_OFFSET - 1);
            program.range(1, from + PAGE * 32 + 5, odd.length, 11);
            program.range(2, from, 0, 0);
            assertThat(program.run(3)).isTrue();
            assertThat(List.of(program.isCopied(0), program.isCopied(1), program.isCopied(2))).containsOnly(true);
            assertThat(Memory.getBytes(program.data() + PullProgram.MAX_OFFSET - 1, longest.length))
                .isEqualTo(longest);
            assertThat(Memory.getBytes(program.data() + 11, odd.length)).isEqualTo(odd);
        }
    }

    @Test
    void shouldCopyAsManyRangesAsThereMayBeWhenRunOnce() throws IOException {
        try (NativeTarget target = new NativeTarget(directory); PullProgram program = load(target)) {
            final long from = sharedAddress(target);
            final byte[] words = target.content(0, PullProgram.MAX_RANGES * Long.BYTES, 1);
            for (int i = 0; i < PullProgram.MAX_RANGES; i++) {
                // Turned round.
                program.range(i, from + (PullProgram.MAX_RANGES - 1 - i) * Long.BYTES, Long.BYTES,
                    (PullProgram.MAX_RANGES - 1 - i) * Long.BYTES);
            }
            assertThat(program.run(PullProgram.MAX_RANGES)).isTrue();
            assertThat(Memory.getBytes(program.data(), words.length)).isEqualTo(words);
        }
    }

    @Test
    void shouldBringPagesInWhenTheyAreNotResident() throws IOException {
        try (NativeTarget target = new NativeTarget(directory); PullProgram program = load(target)) {
            final byte[] content = target.content(PAGE, 3 * PAGE, 5);
            assertThat(target.send("evict 0 " + NativeTarget.SHARED_LENGTH)).isEqualTo("done");
            program.range(0, sharedAddress(target) + PAGE, content.length, 0);
            assertThat(program.run(1)).isTrue();
            assertThat(program.isCopied(0)).isTrue();
            assertThat(Memory.getBytes(program.data(), content.length)).isEqualTo(content);
        }
    }

    @Test
    void shouldRefuseTheRangeAloneWhenItsFileWasTruncatedOrNothingIsThere() throws IOException {
        try (NativeTarget target = new NativeTarget(directory); PullProgram program = load(target)) {
            final long from = sharedAddress(target);
            final byte[] first = target.content(0, PAGE, 7);
            try (FileChannel file = FileChannel.open(sharedFile(), StandardOpenOption.WRITE)) {
                file.truncate(PAGE);
            }
            program.range(0, from + PAGE, PAGE, 0);
            program.range(1, 8, 64, PAGE);
            program.range(2, 0xffff_8000_0000_0000L, 64, PAGE);
            program.range(3, from, PAGE, 2 * PAGE);
            assertThat(program.run(4)).isTrue();
            assertThat(List.of(program.isCopied(0), program.isCopied(1), program.isCopied(2))).containsOnly(false);
            assertThat(Memory.getBytes(program.data(), 2 * PAGE)).containsOnly(0);
            assertThat(program.isCopied(3)).isTrue();
            assertThat(Memory.getBytes(program.data() + 2 * PAGE, PAGE)).isEqualTo(first);
        }
    }

    @Test
    void shouldNotWaitWhenThePageIsWithheldByUserfaultfd() throws Exception {
        final long withheld = 0x7e0000000000L;
        try (NativeTarget target = new NativeTarget(directory); PullProgram program = load(target)) {
            assertThat(target.send("withhold " + withheld)).isEqualTo("done");
            program.range(0, withheld, 64, 0);
            final CompletableFuture<Boolean> run = CompletableFuture.supplyAsync(() -> program.run(1));
            try {
                assertThat(run.get(120, TimeUnit.SECONDS)).isTrue();
                assertThat(program.isCopied(0)).isFalse();
            } finally {
                target.kill();
                run.get(120, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void shouldSeeAWordWholeAndNeverGoBackWhenTheTargetChangesItAllTheTime() throws IOException {
        try (NativeTarget target = new NativeTarget(directory); PullProgram program = load(target)) {
            target.header(0);
            final long word = sharedAddress(target) + SEQUENCE_OFFSET;
            assertThat(target.send("loop " + Header.OFFSET + " " + Header.CONTENT + " 0")).isEqualTo("looping");
            program.range(0, word, Long.BYTES, 0);
            program.range(1, word, Long.BYTES, Long.BYTES);
            long last = 0;
            int changes = 0;
            // On a busy machine the target does not run between most looks.
            while (changes < CHANGES) {
                assertThat(program.run(2)).isTrue();
                final long first = Memory.getLong(program.data());
                final long second = Memory.getLong(program.data() + Long.BYTES);
                // A torn word of a counter is one that is too large, so that the next look goes back.
                assertThat(first).isGreaterThanOrEqualTo(last);
                assertThat(second).isGreaterThanOrEqualTo(first);
                changes += first == last ? 0 : 1;
                last = second;
            }
        }
    }

    @Test
    void shouldSaySoWhenTheProcessHasGone() throws IOException {
        try (NativeTarget target = new NativeTarget(directory); PullProgram program = load(target)) {
            target.kill();
            program.range(0, PAGE, 64, 0);
            assertThat(program.run(1)).isFalse();
        }
    }

    @Test
    void shouldFindTheTargetWhenItLivesInAnotherPidNamespace() throws IOException {
        final List<String> launcher = List.of("unshare", "--pid", "--fork", "--kill-child");
        try (NativeTarget target = new NativeTarget(directory, launcher); PullProgram program = load(target)) {
            assertThat(target.pidInside()).isEqualTo(1);
            final byte[] content = target.content(0, 64, 2);
            program.range(0, sharedAddress(target), 64, 0);
            assertThat(program.run(1)).isTrue();
            assertThat(Memory.getBytes(program.data(), 64)).isEqualTo(content);
        }
    }

    @Test
    void shouldRefuseRangesThatLeaveItsMemory() throws IOException {
        try (NativeTarget target = new NativeTarget(directory); PullProgram program = load(target)) {
            assertThatThrownBy(() -> program.range(0, 0, PullProgram.MAX_RANGE_LENGTH + 1, 0))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("length=65537");
            assertThatThrownBy(() -> program.range(0, 0, 8, PullProgram.MAX_OFFSET))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("offset=131072");
            assertThatThrownBy(() -> program.range(PullProgram.MAX_RANGES, 0, 8, 0))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("index=64");
        }
    }
}
