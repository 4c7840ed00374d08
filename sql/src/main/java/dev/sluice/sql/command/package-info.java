// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/** The command {@code sluice sql}. Start at {@link dev.sluice.sql.command.SqlCommand}. */
package dev.sluice.sql.command;
