// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Writes values for people: texts of others without control characters, counts with their noun, wall time, tables.
 * Start at {@link dev.sluice.store.text.PrintedText}.
 */
package dev.sluice.store.text;
