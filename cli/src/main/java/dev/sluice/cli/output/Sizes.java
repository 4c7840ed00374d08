// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads "500M", "1.5G", "20GiB", "4096" as bytes; K, M, G and T are powers of 1,024. */
public final class Sizes implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,15}(?:\\.[0-9]{1,9})?)([KMGT]?)(?:I?B)?");
    private static final String UNITS = "KMGT";
    private static final int UNIT_BITS = 10;

    @Override
    public Long convert(final String text) {
        final Matcher matcher = FORM.matcher(text.toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is no size such as 500M, 1.5G or 2T");
        }
        final int power = matcher.group(2).isEmpty() ? 0 : UNITS.indexOf(matcher.group(2)) + 1;
        // A double beyond the range of a long becomes the largest long.
        return (long) (Double.parseDouble(matcher.group(1)) * (1L << UNIT_BITS * power));
    }
}
