// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.command;

import dev.sluice.cli.CommandExtension;

/** Adds {@link SqlCommand} to the command line. */
public final class SqlExtension implements CommandExtension {
    @Override
    public Object command() {
        return new SqlCommand();
    }
}
