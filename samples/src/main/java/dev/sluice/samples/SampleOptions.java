// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The options of a sample program: {@code --name} or {@code --name value}. A parser of its own, since a traced program
 * should load nothing but itself and Sluice.
 */
final class SampleOptions {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m)");

    private final Map<String, String> values = new HashMap<>();

    /**
     * Reads a command line.
     *
     * @param arguments the words after the sample's name
     * @param flags     names of the options without a value
     * @param valued    names of the options with one
     * @throws IllegalArgumentException if a word is none of these, an option is given twice or its value is missing
     */
    SampleOptions(final String[] arguments, final Set<String> flags, final Set<String> valued) {
        for (int i = 0; i < arguments.length; i++) {
            final String name = arguments[i];
            final String value;
            if (flags.contains(name)) {
                value = "";
            } else if (!valued.contains(name)) {
                throw new IllegalArgumentException("unknown option " + name);
            } else if (++i == arguments.length) {
                throw new IllegalArgumentException(name + " needs a value");
            } else {
                value = arguments[i];
            }
            if (values.put(name, value) != null) {
                throw new IllegalArgumentException(name + " is given twice");
            }
        }
    }

    boolean has(final String flag) {
        return values.containsKey(flag);
    }

    String text(final String name, final String absent) {
        return values.getOrDefault(name, absent);
    }

    /** Returns a whole number between 1 and a limit, or what stands for an absent option. */
    int count(final String name, final int absent, final int limit) {
        final String value = values.get(name);
        if (value == null) {
            return absent;
        }
        if (!value.matches("[0-9]{1,9}") || Integer.parseInt(value) < 1 || Integer.parseInt(value) > limit) {
            throw new IllegalArgumentException(name + "=" + value + " must be a number from 1 to " + limit);
        }
        return Integer.parseInt(value);
    }

    /** Returns a duration such as {@code 500ms}, {@code 10s} or {@code 2m}, or what stands for an absent option. */
    Duration duration(final String name, final Duration absent) {
        final String value = values.get(name);
        if (value == null) {
            return absent;
        }
        final Matcher matcher = DURATION.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(name + "=" + value + " must be a duration such as 500ms, 10s or 2m");
        }
        final long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            default -> Duration.ofMinutes(amount);
        };
    }
}
