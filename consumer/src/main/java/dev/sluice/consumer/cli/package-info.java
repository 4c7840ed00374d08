// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/** The {@code sluice} command: argument parsing, printing and exit codes over what the other packages do. */
package dev.sluice.consumer.cli;
