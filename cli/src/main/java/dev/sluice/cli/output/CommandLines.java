// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import picocli.CommandLine.Model.CommandSpec;

/** Command lines as a trace tells them. Stateless. */
public final class CommandLines {
    private CommandLines() {
    }

    /** The one that a command was called by, "sluice record -p 42": the arguments begin with the command's name. */
    public static String of(final CommandSpec spec) {
        return spec.root().name() + ' ' + String.join(" ", spec.commandLine().getParseResult().originalArgs());
    }
}
