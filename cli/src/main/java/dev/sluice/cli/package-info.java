// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The {@code sluice} command. Commands parse their arguments, ask the other modules and print; nothing depends on them.
 * Each command is a class named after the command. A command that needs several classes has a package of its own; the
 * others are in this package. Start at {@link dev.sluice.cli.Main}.
 */
package dev.sluice.cli;
