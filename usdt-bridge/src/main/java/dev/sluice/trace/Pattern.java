// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

/** A selection of tracepoints: "provider:tracepoint" with * and ?. Without a colon, all of a provider. Immutable. */
final class Pattern {
    private final java.util.regex.Pattern regex;

    Pattern(final String glob) {
        final String whole = glob.indexOf(':') < 0 ? glob + ":*" : glob;
        final StringBuilder text = new StringBuilder();
        for (final char c : whole.toCharArray()) {
            if (c == '*') {
                text.append(".*");
            } else if (c == '?') {
                text.append('.');
            } else {
                text.append(java.util.regex.Pattern.quote(String.valueOf(c)));
            }
        }
        regex = java.util.regex.Pattern.compile(text.toString());
    }

    /** Whether "provider:tracepoint" is selected. */
    boolean matches(final String name) {
        return regex.matcher(name).matches();
    }
}
