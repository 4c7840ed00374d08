// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Rates, counts and the account of a trace. */
@Command(name = "report", description = "Rates, counts and the account of losses of a trace.",
    mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "directory of a trace")
    private Path directory;

    @Option(names = "--json", description = "print one JSON object")
    private boolean isJson;

    @Override
    public Integer call() throws IOException {
        final TraceReport report = TraceReport.of(TraceReader.open(directory));
        final PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            report.writeJson(out);
        } else {
            out.print(report.toText());
        }
        out.flush();
        return report.account().isWhole() ? ExitStatus.OK : ExitStatus.INCOMPLETE;
    }
}
