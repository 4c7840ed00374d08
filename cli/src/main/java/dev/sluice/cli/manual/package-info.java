// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What a shell and the program man know of the commands, made from the annotations that their help is made from. Start
 * at {@link dev.sluice.cli.manual.Main}; {@code sluice package} runs it.
 */
package dev.sluice.cli.manual;
