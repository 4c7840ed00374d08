// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

/**
 * A command of another module, found by {@link java.util.ServiceLoader} if that module is on the class path. So the
 * command line does not carry what only one command needs.
 */
public interface CommandExtension {
    /** An object with picocli's {@code @Command}, new for each call. */
    Object command();
}
