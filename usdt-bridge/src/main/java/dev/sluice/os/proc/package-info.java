// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What /proc says of processes and threads: which files they have mapped, which ids they have and which user they
 * belong to. Start at {@link dev.sluice.os.proc.ProcessStatus}; {@link dev.sluice.os.proc.ProcessMap} has the files
 * that are mapped executable.
 */
package dev.sluice.os.proc;
