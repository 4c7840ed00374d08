// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * {@code sluice record}. {@code --policy} and the other options of a recording are read in
 * {@link dev.sluice.cli.record.RecordCommand}.
 */
package dev.sluice.cli.record;
