// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * {@code sluice record}. Start at {@link dev.sluice.cli.record.RecordCommand}, where {@code --policy} and the other
 * options of a recording are read.
 */
package dev.sluice.cli.record;
