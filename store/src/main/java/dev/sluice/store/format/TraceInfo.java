// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * What the first document of a trace says about the recording.
 *
 * @param createdRealtimeNs CLOCK_REALTIME when the trace was made, ns since 1970
 * @param sluiceVersion     version of the consumer that wrote it
 * @param commandLine       the consumer's command line
 */
public record TraceInfo(long createdRealtimeNs, String sluiceVersion, String commandLine) {
    /** The version of Sluice that writes, as its pom has it. */
    public static final String VERSION = version();

    /** A trace made now. */
    public static TraceInfo now(final String sluiceVersion, final String commandLine) {
        final Instant now = Instant.now();
        return new TraceInfo(now.getEpochSecond() * 1_000_000_000L + now.getNano(), sluiceVersion, commandLine);
    }

    private static String version() {
        // The build has filled the pom's version in.
        try (InputStream in = TraceInfo.class.getResourceAsStream("version.txt")) {
            if (in == null) {
                throw new IllegalStateException("version.txt is not beside the class " + TraceInfo.class.getName()
                    + ": the jar was repacked without its resources; keep them");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot read version.txt beside " + TraceInfo.class.getName(), e);
        }
    }
}
