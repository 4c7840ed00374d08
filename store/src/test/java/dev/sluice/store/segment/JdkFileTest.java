// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.NativeFile;
import dev.sluice.store.os.NativeFileOpener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a program gets that reads a trace without JNA. */
@Timeout(300)
class JdkFileTest {
    private static final int LENGTH = 100_000;
    private static final int READS = 2_000;

    @TempDir
    private Path temp;

    private Path write() throws IOException {
        final byte[] content = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            content[i] = (byte) (i * 31 >>> 3);
        }
        return Files.write(temp.resolve("file"), content);
    }

    private static byte[] read(final ReadOnlyFile file, final long offset, final int wanted, final int expected) {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(wanted + 3).position(3);
        assertThat(file.read(buffer, offset, wanted)).isEqualTo(expected);
        assertThat(buffer.position()).isEqualTo(3);
        final byte[] bytes = new byte[expected];
        buffer.get(bytes);
        return bytes;
    }

    @Test
    void shouldReadTheSameAsTheSystemCallsWhenTheFileIsWhole() throws IOException {
        final Path path = write();
        final byte[] content = Files.readAllBytes(path);
        for (final ReadOnlyFile file : new ReadOnlyFile[] {new JdkFile(path), new NativeFileOpener().open(path)}) {
            assertThat(file.length()).isEqualTo(LENGTH);
            assertThat(file.file()).isEqualTo(path);
            assertThat(file.nextData(10)).isEqualTo(10);
            assertThat(read(file, 0, LENGTH, LENGTH)).isEqualTo(content);
            assertThat(read(file, 777, 1000, 1000)).isEqualTo(Arrays.copyOfRange(content, 777, 1777));
            assertThat(read(file, LENGTH - 5, 100, 5)).isEqualTo(Arrays.copyOfRange(content, LENGTH - 5, LENGTH));
            assertThat(read(file, LENGTH + 5, 100, 0)).isEmpty();
        }
    }

    @Test
    void shouldRefuseWhatIsNoRegularFile() throws Exception {
        final Path file = write();
        final Path link = Files.createSymbolicLink(temp.resolve("link"), file);
        final Path pipe = temp.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor(10, TimeUnit.SECONDS)).isTrue();
        for (final Path other : new Path[] {link, pipe, temp, Path.of("/dev/zero")}) {
            assertThatThrownBy(() -> new JdkFile(other)).isInstanceOf(TraceStoreException.class)
                .hasMessageContaining("not a regular file");
        }
        assertThatThrownBy(() -> new JdkFile(temp.resolve("none"))).isInstanceOf(TraceStoreException.class)
            .hasMessage("cannot open the trace's file: file=" + temp.resolve("none") + ": " + temp.resolve("none")
                + ": there is no such file or directory; read it as a user who may");
    }

    @Test
    void shouldReadOnAndStayInterruptedWhenItsThreadsAreInterrupted() throws Exception {
        final Path path = write();
        final byte[] content = Files.readAllBytes(path);
        final JdkFile file = new JdkFile(path);
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread[] readers = new Thread[2];
        for (int i = 0; i < readers.length; i++) {
            readers[i] = new Thread(() -> {
                for (int j = 0; j < READS; j++) {
                    assertThat(read(file, 0, LENGTH, LENGTH)).isEqualTo(content);
                }
            });
            readers[i].setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
            readers[i].start();
        }
        while (readers[0].isAlive()) {
            readers[0].interrupt();
            Thread.onSpinWait();
        }
        for (final Thread reader : readers) {
            reader.join();
        }
        assertThat(failure.get()).isNull();
        Thread.currentThread().interrupt();
        assertThat(read(file, 0, LENGTH, LENGTH)).isEqualTo(content);
        assertThat(Thread.interrupted()).as("still interrupted").isTrue();
    }

    @Test
    void shouldNotBeChosenWhenJnaIsThere() throws IOException {
        assertThat(ReadOnlyFile.open(write())).isInstanceOf(NativeFile.class);
    }
}
