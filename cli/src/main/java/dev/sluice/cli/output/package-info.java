// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What all commands share: standard output that notices when nobody reads it, notices and progress on standard error,
 * tables, JSON, sizes, durations, signals and the exit status. Start at {@link dev.sluice.cli.output.Output}.
 */
package dev.sluice.cli.output;
