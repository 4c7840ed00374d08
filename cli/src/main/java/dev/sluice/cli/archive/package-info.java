// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What the archive of classes is made of, from which the command starts: {@link dev.sluice.cli.archive.Main}, and
 * {@code scripts/archive.sh}, which runs it.
 */
package dev.sluice.cli.archive;
