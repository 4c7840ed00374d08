// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.proc;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A list of problems, one line each: the first few different problems, and how many more there were. For one thread.
 */
public final class Problems {
    private static final int MAX_LINES = 8;

    private final Set<String> lines = new LinkedHashSet<>();
    private long more;

    public void add(final String line) {
        if (lines.size() < MAX_LINES) {
            lines.add(line);
        } else if (!lines.contains(line)) {
            more++;
        }
    }

    public List<String> lines() {
        final List<String> all = new ArrayList<>(lines);
        if (more > 0) {
            all.add("and " + more + " more of such");
        }
        return List.copyOf(all);
    }
}
