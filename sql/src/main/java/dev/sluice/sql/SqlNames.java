// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Names as SQL has them, whatever they are called in a trace. For one thread. */
final class SqlNames {
    private final Set<String> used = new HashSet<>();

    /**
     * A name that none before has. DuckDB does not tell small letters from capital ones, has no name without any
     * character, and ends one at a NUL.
     *
     * @return the name itself, or with a number behind it
     */
    String unique(final String wanted) {
        final String base = wanted.isEmpty() ? "_" : wanted.replace('\0', '\ufffd');
        String name = base;
        for (int i = 2; !used.add(name.toLowerCase(Locale.ROOT)); i++) {
            name = base + '_' + i;
        }
        return name;
    }

    /** In double quotes: nothing in it is anything but a part of the name. */
    static String quote(final String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
