// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

import dev.sluice.ring.event.Glob;
import dev.sluice.store.text.JavaProgram;

/**
 * Says which processes are wanted. A number is the process's id, and anything else is the name of its main class, with
 * its package or without, or of its jar file, in which * stands for any characters and ? for one character. Immutable.
 */
public final class ProcessPattern {
    private static final long NONE = -1;

    private final String text;
    private final long pid;
    private final Glob name;

    private ProcessPattern(final String text, final long pid, final Glob name) {
        this.text = text;
        this.pid = pid;
        this.name = name;
    }

    /**
     * Reads a pattern.
     *
     * @throws SelectionException if the text is empty
     */
    public static ProcessPattern parse(final String text) {
        if (text.isEmpty()) {
            throw new SelectionException("an empty text is no process: write its id (4711) or the name of its main"
                + " class or jar file ('Order*')");
        }
        return text.matches("\\d{1,10}") ? new ProcessPattern(text, Long.parseLong(text), null)
            : new ProcessPattern(text, NONE, Glob.ofNames(text));
    }

    /**
     * Whether a process is selected.
     *
     * @param commandLine its words between blanks
     */
    public boolean selects(final int processId, final String commandLine) {
        return name == null ? pid == processId
            : JavaProgram.of(commandLine).map(program -> program.names().stream().anyMatch(name::matches))
                .orElse(false);
    }

    /** As it was given. */
    @Override
    public String toString() {
        return text;
    }
}
