// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The USDT probes that any process holds, those of Sluice and those of other programs: where they are, and what their
 * arguments mean.
 * <p>
 * Start at {@link dev.sluice.usdt.find.ProcessProbes}, which looks through the files that a process has mapped.
 * {@link dev.sluice.usdt.find.ElfNotes} reads the notes of one file.
 */
package dev.sluice.usdt.find;
