// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.proc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** This process's limits of resources, as {@code ulimit} sets them. Any thread. */
public final class ProcessLimits {
    private static final Pattern UNLIMITED_ADDRESS_SPACE = Pattern.compile("Max address space\\s+unlimited\\s.*");

    private ProcessLimits() {
    }

    /** Whether the process may map as much as it likes; false if the kernel does not say. */
    public static boolean isAddressSpaceUnlimited() {
        try {
            return isAddressSpaceUnlimited(Files.readAllLines(Path.of("/proc/self/limits")));
        } catch (final IOException e) {
            return false;
        }
    }

    static boolean isAddressSpaceUnlimited(final List<String> limits) {
        return limits.stream().anyMatch(line -> UNLIMITED_ADDRESS_SPACE.matcher(line).matches());
    }
}
