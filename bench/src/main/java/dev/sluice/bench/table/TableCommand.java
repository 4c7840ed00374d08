// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice bench table}: a few figures of a file of results as Markdown. */
@Command(name = "table", mixinStandardHelpOptions = true,
    description = "Prints a few figures of a file of results as a table in Markdown, or puts it into a text.")
public final class TableCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "RESULTS", description = "results.json of a run; of several runs with"
        + " --targets")
    private List<Path> results;

    @Option(names = "--targets", description = "a table of the targets, a column for each run")
    private boolean isOfTargets;

    @Option(names = "--into", paramLabel = "FILE", description = "replaces the table of this text, which stands between"
        + " two marks, in place of printing it")
    private Path text;

    private String block() throws IOException {
        // Jackson takes files, which are relative to where the JVM was started and not to user.dir.
        final List<Path> files = results.stream().map(Path::toAbsolutePath).toList();
        if (isOfTargets) {
            return MarkdownTable.ofTargets(files, results.stream().map(Path::toString).toList());
        }
        if (files.size() > 1) {
            throw new ParameterException(spec.commandLine(), "several files need --targets");
        }
        return MarkdownTable.of(files.get(0), results.get(0).toString());
    }

    @Override
    public Integer call() {
        try {
            final String block = block();
            if (text == null) {
                spec.commandLine().getOut().print(block);
                spec.commandLine().getOut().flush();
            } else {
                final Path file = text.toAbsolutePath();
                Files.writeString(file, MarkdownTable.into(Files.readString(file), block));
            }
            return 0;
        } catch (final IOException e) {
            spec.commandLine().getErr().println("sluice bench table: it cannot be made: " + e.getMessage());
            return 1;
        }
    }
}
