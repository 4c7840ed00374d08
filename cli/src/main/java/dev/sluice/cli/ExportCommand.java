// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import dev.sluice.cli.output.StopSignals;
import dev.sluice.cli.output.Terminal;
import dev.sluice.cli.output.TraceEnding;
import dev.sluice.cli.select.SelectionOptions;
import dev.sluice.store.export.ExportFormat;
import dev.sluice.store.export.ExportOptions;
import dev.sluice.store.export.ExportSummary;
import dev.sluice.store.field.FieldName;
import dev.sluice.store.pair.PairName;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.text.PrintedText;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a trace in a format that other programs read. */
@Command(name = "export", description = "Writes a trace, or the events of it that are selected, for other programs.",
    mixinStandardHelpOptions = true, footerHeading = "%nFormats (more in docs/export.md):%n")
final class ExportCommand implements Callable<Integer> {
    private static final double BYTES_PER_MB = 1e6;

    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "directory of a trace")
    private Path directory;

    @Option(names = "--format", defaultValue = "ctf", paramLabel = "FORMAT",
        description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private ExportFormat format;

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "OUT",
        description = "where to write: a directory, new or empty, or a new file, as the format is; what is missing"
            + " above it is made")
    private Path output;

    @Option(names = "--pair", paramLabel = "BEGIN,END[,KEY]", converter = QuestionOptions.PairText.class,
        description = "formats with slices: from event BEGIN to event END of the same thread, or with the same value of"
        + " field KEY; may be repeated (default: events whose names end in _begin and _end, and the like)")
    private List<String> pairs = List.of();

    @Option(names = "--counter", paramLabel = "FIELD", description = "formats with counters: a numeric field, 'price'"
        + " of every event that has it, or 'shop:order.price' of that event; may be repeated")
    private List<String> counters = List.of();

    @Mixin
    private SelectionOptions options;

    /** Help has a line for each format. */
    @Spec
    void spec(final CommandSpec newSpec) {
        spec = newSpec;
        spec.usageMessage().footer(Stream.of(ExportFormat.values())
            .map(one -> "  " + one + ": " + one.description()).toArray(String[]::new));
    }

    @Override
    public Integer call() {
        final Selection selection = options.selection();
        if (!format.hasPairs() && !pairs.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "format " + format + " has no slices: leave --pair out, or"
                + " take another format");
        }
        if (!format.hasCounters() && !counters.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "format " + format + " has no counters: leave --counter"
                + " out, or take another format");
        }
        StopSignals.install();
        final ExportOptions asked = new ExportOptions(pairs.stream().map(PairName::parse).toList(),
            counters.stream().map(FieldName::new).toList());
        final TraceReader reader = TraceReader.open(directory);
        final Terminal terminal = new Terminal();
        final ExportSummary summary;
        try {
            summary = format.export(reader.events().select(selection), output, asked, bytes -> {
                terminal.progress("%,.1f MB written", bytes / BYTES_PER_MB);
                return !StopSignals.isStopped();
            });
        } finally {
            terminal.clear();
        }
        final PrintWriter out = spec.commandLine().getOut();
        summary.outputs().forEach(path -> out.println(PrintedText.safe(path.toString())));
        out.flush();
        final PrintWriter err = spec.commandLine().getErr();
        final TraceEnding ending = TraceEnding.of(reader, selection, summary.events(), summary.missing());
        Stream.concat(summary.notices().stream().map(PrintedText::safe), ending.lines().stream())
            .forEach(line -> err.println("sluice export: " + line));
        err.flush();
        return ending.status();
    }
}
