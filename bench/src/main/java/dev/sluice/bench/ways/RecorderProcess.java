// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.ring.control.FullPolicy;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link RecorderProgram} that records this process, from its start to {@link #finish}. For one thread. */
final class RecorderProcess implements AutoCloseable {
    private static final long PATIENCE_S = 120;

    private final Path output;
    private final Process process;

    /**
     * Starts it and waits until it listens.
     *
     * @param source    how events are drained: a name of {@link dev.sluice.consumer.record.EventPath}
     * @param policy    what a full ring does
     * @param directory where its files go
     * @param sums      fields whose values are summed up; if there are any, events are not stored
     */
    RecorderProcess(final String source, final FullPolicy policy, final Path directory, final String... sums)
        throws IOException, InterruptedException {
        output = directory.resolve("recorder.out");
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
            RecorderProgram.class.getName(), Long.toString(ProcessHandle.current().pid()), source,
            policy.name(), trace(directory).toString()));
        command.addAll(List.of(sums));
        process = new ProcessBuilder(command).redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            OurEvent.awaitEnabled("the recorder", process);
        } catch (final RuntimeException | InterruptedException e) {
            close();
            throw e;
        }
    }

    /** Where its trace is. */
    static Path trace(final Path directory) {
        return directory.resolve("trace");
    }

    /**
     * Ends the recording in order.
     *
     * @return what it has printed, a line for each field that was summed up
     * @throws IllegalStateException if it fails, or does not end in time
     */
    List<String> finish() throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IllegalStateException("the recorder does not end in order");
        }
        return Files.readAllLines(output);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
