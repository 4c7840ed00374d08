// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Tally;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Into the ring, and from there into a trace that another process stores under BLOCK; afterwards each event is read
 * back.
 */
public final class RecordedPath implements FirePath {
    private static final long PATIENCE_S = 120;

    private final String source;
    private Path trace;
    private Process recorder;

    /** Drained as a name of {@link dev.sluice.consumer.record.EventPath} says. */
    public RecordedPath(final String source) {
        this.source = source;
    }

    @Override
    public void open(final Path directory) throws IOException, InterruptedException {
        OurEvent.PROVIDER.load();
        trace = directory.resolve("trace");
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
            RecorderProgram.class.getName(), Long.toString(ProcessHandle.current().pid()), source, trace.toString()));
        recorder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        OurEvent.awaitEnabled("the recorder", recorder);
    }

    @Override
    public long fire(final long a, final long b) {
        return OurEvent.TWO.fire(a, b) ? a : a + b;
    }

    @Override
    public Stored finish(final long fired) throws IOException, InterruptedException {
        recorder.getOutputStream().close();
        if (!recorder.waitFor(PATIENCE_S, TimeUnit.SECONDS) || recorder.exitValue() != 0) {
            throw new IllegalStateException("the recorder does not end in order");
        }
        final Tally tally = new Tally();
        final EventCursor cursor = TraceReader.open(trace).events().cursor();
        while (cursor.next()) {
            tally.add(cursor.event().getLong(0), cursor.event().getLong(1));
        }
        return tally.stored(fired, "events read from the trace");
    }

    @Override
    public void close() {
        if (recorder != null) {
            recorder.destroyForcibly().onExit().join();
        }
    }
}
