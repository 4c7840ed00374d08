// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.metrics;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads ":9464", "127.0.0.1:9464" or "[::1]:9464": an address of this machine alone. */
public final class MetricsAddress implements ITypeConverter<InetSocketAddress> {
    private static final Pattern FORM = Pattern.compile("(localhost|127(?:\\.\\d{1,3}){3}|\\[::1])?:(\\d{1,5})");
    private static final int MAX_PORT = 65_535;

    @Override
    public InetSocketAddress convert(final String text) {
        final Matcher matcher = FORM.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > MAX_PORT) {
            throw new TypeConversionException("'" + text + "' is no port of this machine, such as :9464 or [::1]:9464;"
                + " others cannot be given, since whoever reaches the port can read it");
        }
        final String host = matcher.group(1) == null ? "127.0.0.1" : matcher.group(1).replaceAll("[\\[\\]]", "");
        try {
            return new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(matcher.group(2)));
        } catch (final UnknownHostException e) {
            throw new TypeConversionException("'" + text + "': " + e.getMessage());
        }
    }
}
