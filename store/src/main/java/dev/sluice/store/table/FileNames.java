// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.table;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Names of the files and columns of an export, each of them once. For one thread. */
public final class FileNames {
    private static final int LONGEST = 200;

    private final Set<String> used = new HashSet<>();

    /** A name of a file: letters, digits and little else, whatever tracepoints are called. */
    public String file(final String wanted, final String ending) {
        final String name = wanted.replaceAll("[^A-Za-z0-9_-]", "_");
        return unique(name.substring(0, Math.min(LONGEST, name.length())), ending);
    }

    /**
     * A name that none before has, or this one with a number. Small and capital letters are the same to some file
     * systems, and to DuckDB.
     */
    public String unique(final String wanted, final String ending) {
        String name = wanted + ending;
        for (int i = 2; !used.add(name.toLowerCase(Locale.ROOT)); i++) {
            name = wanted + '_' + i + ending;
        }
        return name;
    }
}
