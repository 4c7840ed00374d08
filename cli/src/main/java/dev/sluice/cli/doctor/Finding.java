// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.doctor;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One line of the page.
 *
 * @param key    stable, for machines
 * @param state  how it stands
 * @param found  what was found
 * @param means  what follows from it for recordings; empty if nothing does
 * @param remedy what to do about it; empty if nothing is to be done
 */
record Finding(String key, State state, String found, String means, String remedy) {

    /** How a thing stands. */
    enum State {
        /** It works. */
        OK,
        /** It works, with less than there could be. */
        LIMITED,
        /** It does not work here. */
        MISSING;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Finding ok(final String key, final String found) {
        return new Finding(key, State.OK, found, "", "");
    }

    static Finding limited(final String key, final String found, final String means, final String remedy) {
        return new Finding(key, State.LIMITED, found, means, remedy);
    }

    static Finding missing(final String key, final String found, final String means, final String remedy) {
        return new Finding(key, State.MISSING, found, means, remedy);
    }

    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("key", key);
        json.put("state", state.label());
        json.put("found", found);
        json.put("means", means);
        json.put("remedy", remedy);
        return json;
    }
}
