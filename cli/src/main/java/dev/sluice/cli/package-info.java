// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The {@code sluice} command. Commands parse their arguments, ask the other modules and print; nothing depends on
 * them. Each command is a class named after it: those with more than one class have a package of their own, the
 * others are here. Start at {@link dev.sluice.cli.Main}.
 */
package dev.sluice.cli;
