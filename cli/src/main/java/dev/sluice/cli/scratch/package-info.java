// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Directories that a command has among the temporary files for as long as it runs, and what is left of them when it was
 * killed. Start at {@link dev.sluice.cli.scratch.ScratchDirectory}.
 */
package dev.sluice.cli.scratch;
