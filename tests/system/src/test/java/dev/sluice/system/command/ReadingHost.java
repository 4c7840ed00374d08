// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import dev.sluice.cli.Main;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.export.CtfExporter;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.TraceReader;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Runs one command after another, each a line of words with tabs between them, and says how each ended. Two files, the
 * arguments of this program, hold what the last one has printed. "ctf DIR OUT" is a command here.
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
                status = run(line.split("\t"));
            }
            answers.println(status);
        }
    }

    private static PrintStream printer(final String file) throws IOException {
        return new PrintStream(new BufferedOutputStream(new FileOutputStream(file)), false, StandardCharsets.UTF_8);
    }

    private static int run(final String... words) {
        if (!words[0].equals("ctf")) {
            return Main.run(words);
        }
        try {
            final TraceReader reader = TraceReader.open(Path.of(words[1]));
            new CtfExporter(reader).export(Path.of(words[2]));
            return reader.damageCount() == 0 ? ExitStatus.OK : ExitStatus.INCOMPLETE;
        } catch (final TraceStoreException e) {
            System.err.println("ctf: " + dev.sluice.store.text.PrintedText.safe(e.getMessage()));
            return ExitStatus.FAILED;
        } catch (final RuntimeException e) {
            System.err.println("unexpected failure: " + e + Arrays.toString(e.getStackTrace()));
            return ExitStatus.FAILED;
        }
    }
}
