// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice bench table}: a few figures of a file of results as Markdown. */
@Command(name = "table", mixinStandardHelpOptions = true,
    description = "Prints a few figures of a file of results as a table in Markdown, or puts it into a text.")
public final class TableCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "RESULTS", description = "results.json of a run")
    private Path results;

    @Option(names = "--into", paramLabel = "FILE", description = "replaces the table of this text, which stands between"
        + " two marks, in place of printing it")
    private Path text;

    @Override
    public Integer call() {
        try {
            // Jackson takes files, which are relative to where the JVM was started and not to user.dir.
            final String block = MarkdownTable.of(results.toAbsolutePath(), results.toString());
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
