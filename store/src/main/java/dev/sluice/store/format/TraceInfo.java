// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

/**
 * What the first document of a trace says about the recording.
 *
 * @param createdRealtimeNs CLOCK_REALTIME when the trace was made, ns since 1970
 * @param sluiceVersion     version of the consumer that wrote it
 * @param commandLine       the consumer's command line
 */
public record TraceInfo(long createdRealtimeNs, String sluiceVersion, String commandLine) {
    /** A trace made now. */
    public static TraceInfo now(final String sluiceVersion, final String commandLine) {
        final java.time.Instant now = java.time.Instant.now();
        return new TraceInfo(now.getEpochSecond() * 1_000_000_000L + now.getNano(), sluiceVersion, commandLine);
    }
}
