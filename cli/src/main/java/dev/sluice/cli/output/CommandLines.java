// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import picocli.CommandLine.Model.CommandSpec;

/** Command lines as they are stored in a trace. Stateless. */
public final class CommandLines {
    private CommandLines() {
    }

    /**
     * The command line that a command was called with, such as "sluice record -p 42": the arguments begin with the
     * command's name.
     */
    public static String of(final CommandSpec spec) {
        return spec.root().name() + ' ' + String.join(" ", spec.commandLine().getParseResult().originalArgs());
    }
}
