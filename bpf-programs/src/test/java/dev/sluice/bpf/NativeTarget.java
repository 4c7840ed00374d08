// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.drain.DrainProgram;
import dev.sluice.bpf.libbpf.BpfLink;
import dev.sluice.bpf.trap.TrapProgram;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A running target.c, with which the test shares a file: headers and contents are written here and fired there.
 */
public final class NativeTarget implements AutoCloseable {

    public static final int SHARED_LENGTH = 1 << 20;
    public static final int HEADER_LENGTH = 128;
    public static final int MAGIC = 0xC1FC1FC1;
    private static final int PAGE_LENGTH = 4096;
    private static final int TIMEOUT_S = 180;
    private static Path executable;

    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter commands;
    private final Path sharedFile;
    private final MappedByteBuffer shared;
    private final String[] sites;

    public NativeTarget(final Path directory) throws IOException {
        this(directory, List.of());
    }

    /** With a command in front that runs the target, such as unshare. */
    public NativeTarget(final Path directory, final List<String> launcher) throws IOException {
        sharedFile = Files.createTempFile(directory, "shared", ".bin");
        try (FileChannel channel = FileChannel.open(sharedFile, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            shared = channel.map(FileChannel.MapMode.READ_WRITE, 0, SHARED_LENGTH);
        }
        shared.order(ByteOrder.LITTLE_ENDIAN);
        Files.setPosixFilePermissions(sharedFile, PosixFilePermissions.fromString("rw-rw-rw-"));
        final List<String> command = new ArrayList<>(launcher);
        command.addAll(List.of(executable().toString(), sharedFile.toString(), Integer.toString(SHARED_LENGTH)));
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        commands = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        sites = answers.readLine().split(" ");
    }

    /** One that runs as nobody; others can change what is in the directory. */
    public static NativeTarget ofNobody(final Path directory) throws IOException {
        return new NativeTarget(directory, List.of("setpriv", "--reuid", "65534", "--regid", "65534",
            "--clear-groups"));
    }

    /** Compiles a C test program once per run. */
    public static Path compile(final String name) throws IOException {
        final Path output = Files.createTempDirectory("sluice-test").resolve(name);
        Files.setPosixFilePermissions(output.getParent(), PosixFilePermissions.fromString("rwxr-xr-x"));
        output.toFile().deleteOnExit();
        output.getParent().toFile().deleteOnExit();
        final Path sources = Path.of(System.getProperty("sluice.root"), "bpf-programs", "src");
        run("gcc", "-Wall", "-Wextra", "-Werror", "-O2", "-I" + sources.resolve("main/bpf"), "-o", output.toString(),
            sources.resolve("test/c/" + name + ".c").toString());
        return output;
    }

    public static void run(final String... command) throws IOException {
        final Process started = new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            assertThat(started.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        } catch (final InterruptedException e) {
            throw new IOException(e);
        }
        assertThat(started.exitValue()).as("%s: %s", Arrays.toString(command), output).isZero();
    }

    private static synchronized Path executable() throws IOException {
        if (executable == null) {
            executable = compile("target");
        }
        return executable;
    }

    /** As seen here. */
    public int pid() {
        return Math.toIntExact(process.descendants().findFirst().map(ProcessHandle::pid).orElse(process.pid()));
    }

    /** As the target sees itself. */
    public int pidInside() {
        return Integer.parseInt(sites[1]);
    }

    public String path() {
        return sites[9];
    }

    public long drainSite() {
        return Long.parseLong(sites[3]);
    }

    public long drainSemaphore() {
        return Long.parseLong(sites[4]);
    }

    public long trapSite() {
        return Long.parseLong(sites[6]);
    }

    public long trapSemaphore() {
        return Long.parseLong(sites[7]);
    }

    public BpfLink attach(final DrainProgram program) {
        return program.attach(pid(), path(), drainSite(), drainSemaphore());
    }

    public BpfLink attach(final TrapProgram program, final int probeId, final int count, final int strings) {
        return program.attach(pid(), path(), trapSite(), trapSemaphore(), probeId, count, strings);
    }

    /** Writes a valid header for a content of this length. */
    public Header header(final int contentLength) {
        return new Header(shared, contentLength);
    }

    /** Writes bytes that depend on seed at offset in the shared file and returns them. */
    public byte[] content(final int offset, final int length, final int seed) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8) + seed);
        }
        shared.put(offset, bytes);
        return bytes;
    }

    /** Sends a command and returns the answer. */
    public String send(final String command) throws IOException {
        commands.write(command);
        commands.newLine();
        commands.flush();
        return answers.readLine();
    }

    public void drain(final Object header, final Object content, final long length) throws IOException {
        assertThat(send("drain " + header + " " + content + " " + length)).isEqualTo("done");
    }

    public void kill() throws IOException {
        try {
            process.destroyForcibly();
            assertThat(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        } catch (final InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        kill();
        commands.close();
        answers.close();
        Files.delete(sharedFile);
    }

    /** A packet header at offset 0 of the shared file; content goes behind it from {@link #CONTENT} on. */
    public static final class Header {
        public static final int EPOCH = 7;
        public static final int SLOTS = 16;
        public static final int OFFSET = 0;
        public static final int CONTENT = PAGE_LENGTH;
        private final ByteBuffer buffer;

        Header(final ByteBuffer shared, final int contentLength) {
            buffer = shared.slice(OFFSET, HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
            final long packetBits = (HEADER_LENGTH + contentLength) * 8L;
            buffer.put(new byte[HEADER_LENGTH]);
            buffer.putInt(0, MAGIC).putLong(40, packetBits).putLong(48, packetBits).putLong(56, 1);
            buffer.putInt(96, contentLength / 8).putInt(104, SLOTS - 1).putShort(108, (short) EPOCH)
                .putShort(110, (short) HEADER_LENGTH);
        }

        public Header putInt(final int offset, final int value) {
            buffer.putInt(offset, value);
            return this;
        }

        public Header putShort(final int offset, final int value) {
            buffer.putShort(offset, (short) value);
            return this;
        }

        public Header putLong(final int offset, final long value) {
            buffer.putLong(offset, value);
            return this;
        }

        public byte[] bytes() {
            final byte[] bytes = new byte[HEADER_LENGTH];
            buffer.get(0, bytes);
            return bytes;
        }
    }
}
