// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Which process a command is about: an id, or the name of a Java program, which may be waited for. Start at
 * {@link dev.sluice.cli.target.ProcessName}.
 */
package dev.sluice.cli.target;
