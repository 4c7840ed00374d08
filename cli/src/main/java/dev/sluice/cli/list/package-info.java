// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * {@code sluice list}: the probes of processes and files. Start at {@link dev.sluice.cli.list.ListCommand}.
 */
package dev.sluice.cli.list;
