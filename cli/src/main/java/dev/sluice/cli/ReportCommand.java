// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.select.SelectionOptions;
import dev.sluice.store.html.HtmlReport;
import dev.sluice.store.question.Answers;
import dev.sluice.store.question.Questions;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.text.FileText;
import dev.sluice.store.text.PrintedText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

    @Option(names = "--html", paramLabel = "FILE", description = "write the report to FILE, a page that a browser shows"
        + " without a network: rates over time, losses, latencies and fields as plots")
    private Path html;

    @Mixin
    private SelectionOptions options;

    @Mixin
    private QuestionOptions asked;

    @Override
    public Integer call() throws IOException {
        final Questions questions = html == null ? asked.questions() : asked.questions().overTime();
        final Answers answers =
            Answers.of(TraceReader.open(directory).events().select(options.selection()), questions);
        final TraceReport report = answers.report();
        final PrintWriter out = spec.commandLine().getOut();
        if (html != null) {
            writePage(answers);
        }
        if (isJson) {
            report.writeJson(out, answers.toJson());
        } else if (html != null) {
            out.println(PrintedText.safe(html.toString()));
        } else if (questions.isNone()) {
            out.print(report.toText());
            out.print(answers.toText());
        } else {
            out.print(report.toHeading());
            out.print(answers.toText());
            out.print(report.account().isWhole() ? "" : "\nevents are missing: report without these options has"
                + " the account\n");
        }
        out.flush();
        return report.account().isWhole() ? ExitStatus.OK : ExitStatus.INCOMPLETE;
    }

    private void writePage(final Answers answers) {
        try {
            HtmlReport.write(answers, html);
        } catch (final IOException e) {
            throw new CommandException("cannot write the page: " + FileText.of(e)
                + "; choose another file (--html FILE)", e);
        }
    }
}
