// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.command;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.Output;
import dev.sluice.cli.output.Sizes;
import dev.sluice.cli.select.SelectionOptions;
import dev.sluice.sql.SqlException;
import dev.sluice.sql.SqlResult;
import dev.sluice.sql.SqlSession;
import dev.sluice.sql.SqlStatements;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceDamageText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Queries a trace. */
@Command(name = "sql", description = "Queries a trace in SQL: a view for each tracepoint, and account, losses, stalls,"
    + " targets, threads and tracepoints. Without a query it reads statements, each up to its semicolon.",
    mixinStandardHelpOptions = true, footer = {"", "Examples:",
        "  sluice sql DIR 'from tracepoints'",
        "  sluice sql DIR 'select symbol, quantile_cont(price, 0.99) from orders.placed group by symbol'", "",
        "More in docs/sql.md."})
final class SqlCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "DIR", description = "directory of a trace")
    private Path directory;

    @Parameters(index = "1", arity = "0..1", paramLabel = "QUERY", description = "statements, separated by semicolons")
    private String query;

    @ArgGroup
    private Format format = new Format();

    @Option(names = "--memory", paramLabel = "SIZE", converter = Sizes.class, description = "what queries may take of"
        + " the machine's memory (default: half of it); more goes to temporary files")
    private Long memoryBytes;

    @Mixin
    private SelectionOptions options;

    /** How rows are printed. */
    static final class Format {
        @Option(names = "--csv", description = "print comma-separated values")
        private boolean isCsv;

        @Option(names = "--json", description = "print one JSON object a line")
        private boolean isJson;
    }

    @Override
    public Integer call() throws IOException {
        final Selection selection = options.selection();
        if (memoryBytes != null && memoryBytes < SqlSession.LEAST_MEMORY_BYTES) {
            throw new ParameterException(spec.commandLine(), "--memory is less than 64M");
        }
        final TraceReader reader = TraceReader.open(directory);
        try (SqlSession session = open(reader.events().select(selection))) {
            if (query == null) {
                prompt(session);
            } else {
                runAll(session);
            }
        } catch (final SqlException e) {
            throw failure(e);
        }
        TraceDamageText.lines(reader).forEach(line -> spec.commandLine().getErr().println("sluice sql: " + line));
        spec.commandLine().getErr().flush();
        return isWhole(reader) ? ExitStatus.OK : ExitStatus.INCOMPLETE;
    }

    private SqlSession open(final TraceEvents events) {
        return SqlSession.open(events, memoryBytes == null ? SqlSession.defaultMemoryBytes() : memoryBytes);
    }

    /** By the packets' headers, and by what was found damaged meanwhile: not every query reads all packets. */
    private static boolean isWhole(final TraceReader reader) {
        return new TraceAccount(reader.targets(), reader.events().first(0).cursor(), reader.damageCount() > 0,
            !reader.unknownDocuments().isEmpty()).isWhole();
    }

    private SqlResult result() {
        final Writer out = Output.of(spec).checked();
        return format.isCsv ? new CsvResult(out) : format.isJson ? new JsonResult(out) : new TextResult(out);
    }

    private void runAll(final SqlSession session) {
        for (final String statement : SqlStatements.all(query)) {
            if (!run(session, statement, false)) {
                return;
            }
        }
    }

    /** Runs a statement; false if nobody reads the output any more. */
    private boolean run(final SqlSession session, final String statement, final boolean loads) {
        try {
            session.run(statement, loads, result());
            return true;
        } catch (final IOException e) {
            // The output reports a write failure at the end, if the user should know of it.
            return false;
        }
    }

    /** A statement that a person has typed may fail; one of a script ends it. */
    private void prompt(final SqlSession session) throws IOException {
        final SqlPrompt prompt =
            new SqlPrompt(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
        prompt.read(statement -> {
            try {
                return run(session, statement, true);
            } catch (final SqlException e) {
                if (!prompt.isInteractive()) {
                    throw e;
                }
                Notices.print(e.getMessage());
                return true;
            }
        });
    }

    private RuntimeException failure(final SqlException e) {
        return e.isWrong() ? new ParameterException(spec.commandLine(), e.getMessage())
            : new CommandException(e.getMessage(), e);
    }
}
