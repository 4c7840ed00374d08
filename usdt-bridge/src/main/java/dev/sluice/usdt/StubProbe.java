// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import java.util.List;
import java.util.regex.Pattern;

/**
 * One probe to be written.
 *
 * @param name      the probe's name: letters, digits, {@code _}, {@code -} and {@code .}, 1 to 128 characters
 * @param arguments the probe's arguments in order, at most 12
 */
public record StubProbe(String name, List<ArgumentType> arguments) {
    /** The most arguments a probe can have; libbpf reads no more. */
    public static final int MAX_ARGUMENTS = 12;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

    /**
     * Checks the name and the number of arguments.
     *
     * @throws IllegalArgumentException if either is out of range
     */
    public StubProbe {
        checkName("name", name);
        arguments = List.copyOf(arguments);
        if (arguments.size() > MAX_ARGUMENTS) {
            throw new IllegalArgumentException("arguments=" + arguments.size() + " exceeds " + MAX_ARGUMENTS
                + ": probe=" + name);
        }
    }

    static void checkName(final String what, final String value) {
        if (!NAME.matcher(value).matches()) {
            throw new IllegalArgumentException(what + "=" + value + " does not match " + NAME);
        }
    }
}
