// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.command;

import dev.sluice.cli.output.Terminal;
import dev.sluice.sql.SqlStatements;
import java.io.BufferedReader;
import java.io.IOException;

/** Reads statements, each up to its semicolon: with a prompt on a terminal, else in silence. For one thread. */
final class SqlPrompt {
    private static final String FIRST = "sql> ";
    private static final String FURTHER = "  -> ";

    private final BufferedReader in;
    private final boolean isInteractive = Terminal.isInteractive();

    SqlPrompt(final BufferedReader in) {
        this.in = in;
    }

    /** Runs statements. */
    interface Runner {
        /** Runs one; false to end. */
        boolean run(String statement) throws IOException;
    }

    /** Whether somebody sits there: then a statement that fails does not end the session. */
    boolean isInteractive() {
        return isInteractive;
    }

    /** Reads up to the end of the input, or up to "exit" or "quit". */
    void read(final Runner runner) throws IOException {
        String text = "";
        show(FIRST);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (text.isBlank() && line.strip().matches("(?i)\\.?(?:exit|quit);?")) {
                return;
            }
            final SqlStatements.Parts parts = SqlStatements.parts(text + line + '\n');
            for (final String statement : parts.complete()) {
                if (!runner.run(statement)) {
                    return;
                }
            }
            text = parts.rest();
            show(text.isBlank() ? FIRST : FURTHER);
        }
        for (final String statement : SqlStatements.all(text)) {
            runner.run(statement);
        }
        show("\n");
    }

    private void show(final String prompt) {
        if (isInteractive) {
            System.err.print(prompt);
            System.err.flush();
        }
    }
}
