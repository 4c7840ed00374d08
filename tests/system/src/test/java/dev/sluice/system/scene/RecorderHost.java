// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import dev.sluice.cli.Main;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.write.TraceWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The {@code sluice} command in a JVM that is warm before it is needed. Each line of its input is a command line. So a
 * test that kills hundreds of recorders, or hundreds of targets of one recorder, waits for no JVM to start.
 */
public final class RecorderHost {
    private RecorderHost() {
    }

    /** Runs until the input ends. */
    public static void main(final String[] arguments) throws IOException {
        // Loads the classes that a recording needs first: those of the command and of the store.
        Main.run("record", "--help");
        TraceWriter.create(Path.of(arguments[0]), TraceInfo.now("", "")).close();
        System.out.println("ready");
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                System.out.println("status " + Main.run(line.split(" ")));
            }
        }
    }
}
