// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A pid and a mount namespace with nobody in it but who is put there: what a command does to all processes, it does to
 * these. Closing ends all of them. For one thread.
 */
public final class PidNamespace implements AutoCloseable {
    /** A command in front of another one that makes it the first process of such namespaces. */
    public static final List<String> NEW =
        List.of("unshare", "-p", "-m", "--fork", "--kill-child", "--mount-proc");

    private final ChildProgram first;

    private PidNamespace(final ChildProgram first) {
        this.first = first;
    }

    /** Makes one. */
    public static PidNamespace make(final Path directory) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(NEW);
        command.addAll(List.of("sleep", "1000"));
        final PidNamespace made = new PidNamespace(ChildProgram.start(directory, command));
        ChildProgram.await("a namespace", () -> childOf(made.first) != 0);
        return made;
    }

    /** The one child of a command, as seen from here; 0 if there is none yet. */
    public static long childOf(final ChildProgram parent) {
        try {
            return parent.childPid();
        } catch (final IOException | NumberFormatException e) {
            return 0;
        }
    }

    /** A command in front of another one that makes it a process of this namespace; it has it as its child. */
    public List<String> launcher() {
        return List.of("nsenter", "-t", Long.toString(childOf(first)), "-p", "-m");
    }

    /** The id that a process has for itself. */
    public static int idInside(final long pid) throws IOException {
        final String ids = Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
            .filter(line -> line.startsWith("NSpid:")).findFirst().orElseThrow();
        return Integer.parseInt(ids.substring(ids.lastIndexOf('\t') + 1).strip());
    }

    @Override
    public void close() {
        first.close();
    }
}
