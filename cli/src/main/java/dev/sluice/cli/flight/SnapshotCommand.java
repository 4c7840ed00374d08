// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.CommandLines;
import dev.sluice.cli.output.Durations;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.TraceDirectories;
import dev.sluice.cli.target.ProcessName;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.window.TraceWindow;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes an ordinary trace of the last part of a flight recorder, which goes on meanwhile. */
@Command(name = "snapshot", description = "Makes a trace of what 'sluice record --flight' has kept up to now. Recording"
    + " goes on meanwhile.", footer = {"", "Exit status: 0 done; 3 if the snapshot is not all that was asked for."},
    mixinStandardHelpOptions = true)
public final class SnapshotCommand implements Callable<Integer> {
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", arity = "0..1", description = "directory of the recording, or instead -p")
    private Path directory;

    @Option(names = {"-p", "--pid"}, paramLabel = ProcessName.LABEL, converter = ProcessName.Converter.class,
        description = "the recording of this " + ProcessName.DESCRIPTION + ", in place of DIR")
    private ProcessName process;

    @Option(names = {"-o", "--output"}, paramLabel = "OUT",
        description = "directory of the snapshot, new or empty (default: sluice-snapshot-TIME)")
    private Path output;

    @Option(names = "--last", paramLabel = "TIME", converter = Durations.class, description = "only so much of it, such"
        + " as 10s (default: as much as the recorder keeps)")
    private Long lastNs;

    @Option(names = "--json", description = "print one JSON object")
    private boolean isJson;

    @Override
    public Integer call() throws IOException {
        if ((directory == null) == (process == null)) {
            throw new ParameterException(spec.commandLine(), "give the directory of a recording, or a process by -p");
        }
        final Path trace = directory != null ? directory : RecorderOf.process(process.pid());
        final Optional<SnapshotMark> mark = SnapshotMark.ask(trace);
        final TraceReader reader = TraceReader.open(trace);
        if (mark.isEmpty() && reader.isBeingRecorded()) {
            throw new CommandException("the recorder of " + trace + " takes no snapshots: only one that was started"
                + " with --flight does; read " + trace + " itself, with 'sluice print --from -10s' for example");
        }
        final Path out = output != null ? output
            : TraceDirectories.byDefault("sluice-snapshot-" + LocalDateTime.now().format(STAMP));
        final long toNs = mark.isPresent() ? mark.get().atNs() : TraceWindow.endNs(reader);
        final long windowNs = lastNs != null ? lastNs : mark.isPresent() ? mark.get().bound().windowNs() : 0;
        final long fromNs = windowNs > 0 ? toNs - windowNs : Long.MIN_VALUE;
        final String line = CommandLines.of(spec);
        final TraceWindow.Taken taken = mark.isPresent()
            ? TraceWindow.writeBeside(reader, fromNs, toNs, out, line, mark.get().needed())
            : TraceWindow.write(reader, fromNs, toNs, out, line);
        final boolean isComplete = mark.isEmpty() || mark.get().isComplete();
        print(taken, isComplete);
        return isComplete && taken.isWhole() && taken.lost() == 0 ? ExitStatus.OK : ExitStatus.INCOMPLETE;
    }

    private void print(final TraceWindow.Taken taken, final boolean isComplete) {
        final PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            final StringBuilder path = new StringBuilder();
            PrintedText.quote(path, taken.directory().toString());
            out.println("{\"trace\":" + path + ",\"events\":" + taken.events() + ",\"lost\":" + taken.lost()
                + ",\"from_ns\":" + taken.fromNs() + ",\"to_ns\":" + taken.toNs() + ",\"whole\":"
                + (isComplete && taken.isWhole()) + "}");
        } else {
            out.println(PrintedText.safe(taken.directory() + ": " + SnapshotText.of(taken, isComplete)));
        }
        out.flush();
    }
}
