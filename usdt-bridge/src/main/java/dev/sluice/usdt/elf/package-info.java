// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The ELF format, 64 bits and little-endian: writing shared objects, and reading sections and segments of files that
 * may be damaged or hostile. It knows nothing of probes.
 * <p>
 * Start at {@link dev.sluice.usdt.elf.ElfWriter} to write, at {@link dev.sluice.usdt.elf.ElfFile} to read.
 */
package dev.sluice.usdt.elf;
