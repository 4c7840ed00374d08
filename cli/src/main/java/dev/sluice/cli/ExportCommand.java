// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.export.CtfExporter;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceDamageText;
import dev.sluice.store.text.PrintedText;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a trace in a format that other programs read. */
@Command(name = "export", description = "Writes a trace for other programs: CTF 1.8, as babeltrace2 and Trace Compass"
    + " read it.", mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
    /** What can be written. */
    enum Format {
        CTF;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "directory of a trace")
    private Path directory;

    @Option(names = "--format", defaultValue = "ctf", paramLabel = "FORMAT",
        description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private Format format;

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "OUT",
        description = "directory to write, new or empty; with several targets, one in it for each")
    private Path output;

    @Override
    public Integer call() {
        final TraceReader reader = TraceReader.open(directory);
        final PrintWriter out = spec.commandLine().getOut();
        for (final Path trace : new CtfExporter(reader).export(output)) {
            out.println(PrintedText.safe(trace.toString()));
        }
        out.flush();
        final PrintWriter err = spec.commandLine().getErr();
        TraceDamageText.lines(reader).forEach(line -> err.println("sluice export: " + line));
        err.flush();
        return reader.damageCount() == 0 ? ExitStatus.OK : ExitStatus.INCOMPLETE;
    }
}
