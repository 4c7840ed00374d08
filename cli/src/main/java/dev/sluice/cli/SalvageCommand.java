// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import dev.sluice.cli.output.CommandLines;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Notices;
import dev.sluice.consumer.salvage.SalvageResult;
import dev.sluice.consumer.salvage.TraceSalvage;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.PrintedText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Completes a trace whose recording was interrupted, from what the target's rings still hold. */
@Command(name = "salvage", description = {"Completes an interrupted trace with what the target's rings still hold, and"
    + " closes its account.", "Neither the region nor the interrupted trace is changed."},
    mixinStandardHelpOptions = true)
final class SalvageCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "REGION|PID", description = "a file from the application's sluice.region.dir, or the pid"
        + " of a process that lives and is not traced by anybody")
    private String region;

    @Option(names = "--trace", paramLabel = "DIR", description = "the interrupted trace; without it, only what is in"
        + " the rings is stored")
    private Path trace;

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "DIR",
        description = "directory of the complete trace, new or empty")
    private Path output;

    @Option(names = "--json", description = "print the account as the report command does")
    private boolean isJson;

    private static boolean isId(final String text) {
        return text.matches("[1-9]\\d{0,9}") && Long.parseLong(text) <= Integer.MAX_VALUE;
    }

    @Override
    public Integer call() throws IOException {
        final String commandLine = CommandLines.of(spec);
        // If a file's name is the given number, the file is meant; ./4711 always means the file.
        final boolean isPid = isId(region) && !Files.exists(Path.of(region));
        final SalvageResult result = isPid
            ? TraceSalvage.ofProcess(Long.parseLong(region), trace, output, commandLine)
            : TraceSalvage.ofFile(Path.of(region), trace, output, commandLine);
        final TraceReport report = TraceReport.of(TraceReader.open(result.directory()));
        result.warnings().forEach(warning -> Notices.print("sluice salvage: warning: " + warning));
        final PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            report.writeJson(out);
        } else {
            out.printf("%s in %s salvaged from the rings, %s copied from the trace%n",
                Counted.of(result.events(), "event"), Counted.of(result.packets(), "packet"),
                Counted.of(result.copied(), "document"));
            if (trace == null) {
                out.printf("drained before: %s received by a consumer, %,d unconfirmed; give the interrupted"
                    + " trace (--trace DIR) to have them here%n", Counted.of(result.drainedBefore(), "event"),
                    result.unconfirmed());
            }
            out.print(report.toText());
            if (!isPid && result.known() && trace != null) {
                out.println("the region is not needed any more: rm " + PrintedText.safe(region));
            }
        }
        out.flush();
        return report.account().isWhole() ? ExitStatus.OK : ExitStatus.INCOMPLETE;
    }
}
