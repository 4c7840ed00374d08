// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.select;

import dev.sluice.store.query.Selection;
import dev.sluice.store.query.TimeBound;
import picocli.CommandLine.Option;

/** The selection options, the same for every command that reads a trace: a picocli mixin. For one thread. */
public final class SelectionOptions extends EventOptions {
    @Option(names = "--to", paramLabel = "TIME", converter = Bounds.class, description = "only events before TIME")
    private TimeBound to;

    /** What the options say. */
    public Selection selection() {
        return selection(to);
    }
}
