// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.cli;

import dev.sluice.consumer.store.TracePrinter;
import dev.sluice.consumer.store.TraceReader;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One event a line, in time order. */
@Command(name = "print", description = "Prints one event a line: wall time, event, thread, fields.",
    mixinStandardHelpOptions = true)
final class PrintCommand implements Callable<Integer> {
    private static final int BUFFER_LENGTH = 1 << 16;

    @Parameters(paramLabel = "DIR", description = "directory of a trace")
    private Path directory;

    @Option(names = "--json", description = "print one JSON object a line")
    private boolean isJson;

    @Override
    public Integer call() {
        final TraceReader reader = TraceReader.open(directory);
        // Not System.out: it hides that nobody reads any more, and is slow. Not closed: the descriptor is not ours.
        final Writer out = new BufferedWriter(
            new OutputStreamWriter(new FileOutputStream(FileDescriptor.out), StandardCharsets.UTF_8), BUFFER_LENGTH);
        try {
            new TracePrinter(out, isJson).print(reader);
            out.flush();
        } catch (final IOException e) {
            // "print DIR | head": whoever read has read enough.
            if (!String.valueOf(e.getMessage()).contains("Broken pipe")) {
                throw new CommandException("writing to standard output failed: " + e.getMessage(), e);
            }
        }
        return Main.OK;
    }
}
