// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.forged;

import dev.sluice.cli.Main;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Runs one command after another, each a line of words with tabs between them, and says how each ended. Two files, the
 * arguments of this program, hold what the last one has printed.
 */
final class ReadingHost {
    private ReadingHost() {
    }

    /** The program. */
    public static void main(final String[] arguments) throws IOException {
        final PrintStream answers = System.out;
        final BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            final int status;
            try (PrintStream out = printer(arguments[0]); PrintStream err = printer(arguments[1])) {
                System.setOut(out);
                System.setErr(err);
                status = Main.run(line.split("\t"));
            }
            answers.println(status);
        }
    }

    private static PrintStream printer(final String file) throws IOException {
        return new PrintStream(new BufferedOutputStream(new FileOutputStream(file)), false, StandardCharsets.UTF_8);
    }
}
