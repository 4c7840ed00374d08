// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Json;
import dev.sluice.cli.select.SelectionOptions;
import dev.sluice.store.diff.DiffOptions;
import dev.sluice.store.diff.TraceDiff;
import dev.sluice.store.pair.PairName;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.TraceReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Two traces beside each other. */
@Command(name = "diff", description = "Two traces beside each other: rates, percentiles and latencies, each with the"
    + " interval in which its change lies, and what only one of them has.",
    footer = {"", "Exit status: 0 done, whether or not the traces differ; 3 if events are missing in one of them."},
    mixinStandardHelpOptions = true)
final class DiffCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "A", description = "directory of a trace: before")
    private Path before;

    @Parameters(index = "1", paramLabel = "B", description = "directory of another one: after")
    private Path after;

    @Option(names = "--json", description = "print one JSON object")
    private boolean isJson;

    @Option(names = "--pair", paramLabel = "BEGIN,END[,KEY]", converter = QuestionOptions.PairText.class,
        description = "latencies from event BEGIN to event END of the same thread, or with the same value of field KEY,"
            + " in place of those of pairs that names tell; may be repeated")
    private List<String> pairs = List.of();

    @Option(names = "--resamples", paramLabel = "N", defaultValue = "10000", description = "make each interval from N"
        + " resamples (default: ${DEFAULT-VALUE})")
    private int resamples;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "of the resamples: the same one gives"
        + " the same intervals (default: ${DEFAULT-VALUE})")
    private long seed;

    @Mixin
    private SelectionOptions options;

    @Override
    public Integer call() {
        final DiffOptions how = new DiffOptions(pairs.stream().map(PairName::parse).toList(), resamples, seed);
        final Selection selection = options.selection();
        final TraceDiff diff = TraceDiff.of(TraceReader.open(before).events().select(selection),
            TraceReader.open(after).events().select(selection), how);
        final PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            out.println(Json.write(diff.toJson()));
        } else {
            out.print(diff.toText());
        }
        out.flush();
        return diff.isWhole() ? ExitStatus.OK : ExitStatus.INCOMPLETE;
    }
}
