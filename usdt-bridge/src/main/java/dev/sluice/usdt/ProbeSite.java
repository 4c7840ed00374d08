// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bytes that a tracer replaces. On x86-64 the kernel's way of patching them decides what a trap costs: nop5 is
 * turned into a call by 6.16 and later, nop10 by 7.2 and later; nop10 on an older kernel refuses the attach, nop5 costs
 * a single step. Other architectures have only one nop and ignore the choice.
 */
public enum ProbeSite {
    NOP1, NOP5, NOP10;

    /** System property that overrides the choice: {@code nop1}, {@code nop5} or {@code nop10}. */
    public static final String PROPERTY = "sluice.usdt.site";

    private static final Pattern RELEASE = Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*");

    /**
     * The site for the running kernel, or the site that the property asks for.
     *
     * @throws IllegalArgumentException if the property has another value
     */
    public static ProbeSite current() {
        final String wanted = System.getProperty(PROPERTY);
        if (wanted == null) {
            return forKernel(System.getProperty("os.version", ""));
        }
        for (final ProbeSite site : values()) {
            if (site.name().toLowerCase(Locale.ROOT).equals(wanted)) {
                return site;
            }
        }
        throw new IllegalArgumentException(PROPERTY + "=" + wanted + " is none of nop1, nop5, nop10");
    }

    /**
     * The site for a kernel release such as {@code 6.18.4-cloud}; if the release cannot be parsed, nop1, which works
     * everywhere.
     */
    static ProbeSite forKernel(final String release) {
        final Matcher matcher = RELEASE.matcher(release);
        if (!matcher.matches()) {
            return NOP1;
        }
        final int version = Integer.parseInt(matcher.group(1)) * 10_000 + Integer.parseInt(matcher.group(2));
        if (version >= 7 * 10_000 + 2) {
            return NOP10;
        }
        return version >= 6 * 10_000 + 16 ? NOP5 : NOP1;
    }
}
