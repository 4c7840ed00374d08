// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * {@code sluice record} and {@code sluice run}. Start at {@link dev.sluice.cli.record.RecordCommand}; {@code --policy}
 * and the other options of a recording are read in the class above it.
 */
package dev.sluice.cli.record;
