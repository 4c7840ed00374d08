// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Output;
import dev.sluice.cli.output.TraceEnding;
import dev.sluice.cli.select.SelectionOptions;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TracePrinter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints one event on each line, in time order. */
@Command(name = "print", description = "Prints one event a line: wall time, event, thread, fields.",
    mixinStandardHelpOptions = true)
final class PrintCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "directory of a trace")
    private Path directory;

    @Option(names = "--json", description = "print one JSON object a line")
    private boolean isJson;

    @Mixin
    private SelectionOptions options;

    @Override
    public Integer call() {
        final TraceReader reader = TraceReader.open(directory);
        final Output out = Output.of(spec);
        final Selection selection = options.selection();
        final TracePrinter printer = new TracePrinter(out.bytes(), isJson);
        final long printed;
        try {
            printed = printer.print(reader.events().select(selection));
        } catch (final IOException e) {
            // The output reports a write failure at the end, if the user should know of it.
            return ExitStatus.OK;
        }
        final TraceEnding ending = TraceEnding.of(reader, selection, printed, printer.missing());
        ending.lines().forEach(line -> spec.commandLine().getErr().println("sluice print: " + line));
        spec.commandLine().getErr().flush();
        return ending.status();
    }
}
