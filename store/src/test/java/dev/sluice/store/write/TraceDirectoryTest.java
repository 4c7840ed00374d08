// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Issue 10, item 2: a trace goes to a directory of our own, and nowhere else whatever others rename or link. */
@OneJdk
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class TraceDirectoryTest {
    private static final int NOBODY = 65534;
    private static final int RACES = 150;
    private static final int RACE_SECONDS = 20;

    @TempDir
    private Path temp;

    @Test
    @Tag("kernel")
    void shouldRefuseDirectoryWhenItBelongsToAnotherUser() throws IOException {
        final Path directory = Files.createDirectory(temp.resolve("theirs"));
        giveAway(directory);
        assertThatThrownBy(() -> TraceWriter.create(directory, TestTraces.INFO))
            .isInstanceOf(TraceStoreException.class).hasMessageContaining("belongs to uid 65534")
            .hasMessageContaining("-o DIR");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    @Tag("kernel")
    void shouldLeaveTheLinkedFileAloneWhenSomebodyHasLaidALinkInAnotherUsersDirectory() throws IOException {
        final Path secret = Files.writeString(temp.resolve("secret"), "s".repeat(100_000));
        final Path directory = Files.createDirectories(temp.resolve("theirs"));
        Files.createSymbolicLink(Files.createDirectory(directory.resolve("0000")).resolve("metadata.cq4t"), secret);
        giveAway(directory);
        assertThatThrownBy(() -> TraceWriter.create(directory, TestTraces.INFO))
            .isInstanceOf(TraceStoreException.class);
        assertThat(secret).hasSize(100_000);
    }

    private static void giveAway(final Path directory) throws IOException {
        try {
            Files.setAttribute(directory, "unix:uid", NOBODY);
        } catch (final IOException e) {
            Assumptions.abort("needs the right to give files away: " + e);
        }
    }

    @Test
    void shouldRefuseDirectoryWhenOthersMayWriteToIt() throws IOException {
        for (final String permissions : List.of("rwxrwx---", "rwx---rwx")) {
            final Path directory = Files.createDirectory(temp.resolve(permissions));
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
            assertThatThrownBy(() -> TraceWriter.create(directory, TestTraces.INFO))
                .isInstanceOf(TraceStoreException.class).hasMessageContaining("others may write to it");
        }
    }

    @Test
    void shouldRefuseDirectoryWhenItIsASymbolicLink() throws IOException {
        final Path real = Files.createDirectory(temp.resolve("real"));
        final Path link = Files.createSymbolicLink(temp.resolve("link"), real);
        assertThatThrownBy(() -> TraceWriter.create(link, TestTraces.INFO))
            .isInstanceOf(TraceStoreException.class).hasMessageContaining("symbolic link");
        assertThat(real).isEmptyDirectory();
    }

    @Test
    void shouldMakeWhatIsMissingAboveAndRemoveItWhenNothingComesOfIt() throws IOException {
        final Path directory = temp.resolve("of/the/day");
        TraceWriter.create(directory, TestTraces.INFO).discard();
        assertThat(temp).isEmptyDirectory();
        TraceWriter.create(directory, TestTraces.INFO).close();
        assertThat(directory.resolve("0000")).isDirectory();
        // What others have put there keeps the directories above it.
        Files.writeString(temp.resolve("of/note"), "mine");
        TraceWriter.create(temp.resolve("of/the/night"), TestTraces.INFO).discard();
        assertThat(temp.resolve("of/note")).hasContent("mine");
        assertThat(temp.resolve("of/the/night")).doesNotExist();
        assertThat(directory).isDirectory();
    }

    @Test
    void shouldLeaveNothingWhenADirectoryAboveCannotBeMade() {
        final String tooLong = "x".repeat(300);
        for (final String path : List.of("a/" + tooLong + "/trace", "a/b/" + tooLong)) {
            assertThatThrownBy(() -> TraceWriter.create(temp.resolve(path), TestTraces.INFO))
                .isInstanceOf(TraceStoreException.class).hasMessageContaining("choose another one (-o DIR)");
            assertThat(temp).isEmptyDirectory();
        }
    }

    @Test
    void shouldLeaveFilesToTheirOwnerAloneWhenWritten() throws IOException {
        final Path directory = Files.createDirectory(temp.resolve("open"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        TraceWriter.create(directory, TestTraces.INFO).close();
        try (Stream<Path> paths = Files.walk(directory)) {
            assertThat(paths.toList()).hasSizeGreaterThan(3).allSatisfy(path -> assertThat(
                PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
        }
    }

    @Test
    void shouldWriteToTheDirectoryThatItMadeWhenItsNameIsTakenByAnother() throws IOException {
        final Path victim = victim();
        final Path directory = temp.resolve("trace");
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            Files.move(directory, temp.resolve("moved"));
            Files.createSymbolicLink(directory, victim);
            append(writer);
        }
        requireUntouched(victim);
        assertThat(TraceReader.open(temp.resolve("moved")).targets().get(0).streams().get(0).packetCount())
            .isEqualTo(100);
    }

    /** Who may rename the directory may do so at any moment; a file of the victim is never opened, made or cut. */
    @Test
    void shouldWriteNowhereElseWhenItsPartsAreSwappedForLinksMeanwhile() throws Exception {
        final Path victim = victim();
        final Path above = Files.createDirectory(temp.resolve("above"));
        final Path directory = above.resolve("trace");
        final AtomicBoolean isOver = new AtomicBoolean();
        final int[] swaps = {0};
        final Thread racer = new Thread(() -> {
            // A name for each try: one that failed half way has left a directory behind.
            for (int i = 0; !isOver.get(); i++) {
                swaps[0] += swap(directory, above.resolve("away" + i), victim);
            }
        });
        racer.start();
        int written = 0;
        try {
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(RACE_SECONDS);
            while (swaps[0] < RACES && System.nanoTime() - deadline < 0) {
                written += write(directory);
            }
        } finally {
            isOver.set(true);
            racer.join();
        }
        System.out.printf("%d traces written while their directory was swapped %d times%n", written, swaps[0]);
        assertThat(written).isPositive();
        assertThat(swaps[0]).isPositive();
        requireUntouched(victim);
    }

    private static int write(final Path directory) {
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            append(writer);
            return 1;
        } catch (final TraceStoreException e) {
            assertThat(e.getMessage()).contains("-o DIR");
            return 0;
        }
    }

    /** Puts the victim where the trace's directory is, and takes it away again. */
    private static int swap(final Path directory, final Path away, final Path victim) {
        try {
            Files.move(directory, away, StandardCopyOption.ATOMIC_MOVE);
            Files.createSymbolicLink(directory, victim);
            Thread.onSpinWait();
            Files.delete(directory);
            return 1;
        } catch (final NoSuchFileException e) {
            return 0;
        } catch (final IOException e) {
            // A trace was made where the link should be.
            return 0;
        }
    }

    /** What a trace's directory would be, of another trace. */
    private Path victim() throws IOException {
        final Path victim = temp.resolve("victim");
        try (TraceWriter writer = TraceWriter.create(victim, TestTraces.INFO)) {
            append(writer);
        }
        try (Stream<Path> files = Files.list(victim.resolve("0000"))) {
            for (final Path file : files.toList()) {
                Files.writeString(file, "v".repeat(200_000));
            }
        }
        return victim;
    }

    private static void requireUntouched(final Path victim) throws IOException {
        try (Stream<Path> files = Files.list(victim.resolve("0000"))) {
            assertThat(files.toList()).hasSize(2).allSatisfy(file -> assertThat(file).hasSize(200_000));
        }
        try (Stream<Path> files = Files.list(victim)) {
            assertThat(files).hasSize(1);
        }
    }

    private static void append(final TraceWriter writer) {
        final TargetInfo target = TestTraces.target();
        writer.addTarget(target);
        writer.schema(0, TestTraces.log(TestTraces.PAIR));
        final PacketBuilder packets = new PacketBuilder(target.id(), 0);
        for (int i = 0; i < 100; i++) {
            packets.event(TestTraces.PAIR, i, 0, (long) i, 0L);
            packets.append(writer, 0);
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenDiscarded() throws IOException {
        final TraceWriter writer = TraceWriter.create(temp.resolve("a/b/trace"), TestTraces.INFO);
        append(writer);
        writer.discard();
        writer.close();
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void shouldLeaveTheEmptyDirectoryWhenItWasThereBefore() throws IOException {
        final Path directory = Files.createDirectory(temp.resolve("trace"));
        TraceWriter.create(directory, TestTraces.INFO).discard();
        assertThat(directory).isEmptyDirectory();
        TraceWriter.create(directory, TestTraces.INFO).close();
        assertThat(TraceReader.open(directory).documentCount()).isEqualTo(1);
    }

    @Test
    void shouldLeaveNoDescriptorBehindWhenClosedOrRefused() throws IOException {
        final Path full = Files.createDirectories(temp.resolve("full/x")).getParent();
        final long before = descriptors();
        TraceWriter.create(temp.resolve("one"), TestTraces.INFO).close();
        TraceWriter.create(temp.resolve("two"), TestTraces.INFO).discard();
        assertThatThrownBy(() -> TraceWriter.create(full, TestTraces.INFO)).isInstanceOf(TraceStoreException.class);
        assertThat(descriptors()).isEqualTo(before);
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            // Of directories: the queue's files are closed by a thread in the background, in their time.
            return files.filter(Files::isDirectory).count();
        }
    }
}
