// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.clock.TickerState;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.SharedText;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.ring.region.ErrorLog;
import dev.sluice.ring.region.ErrorLogDescriptor;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.region.RegionDescriptor;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/**
 * What a target says about itself and its tracing, apart from its events: clock readings, texts, refusals, errors. Each
 * of them is read anew and bounded before use. Any thread.
 */
public final class RegionNotes {
    private static final int TRIPLE_ATTEMPTS = 100;

    private final RegionBytes bytes;
    private final long errorLogOffset;

    RegionNotes(final RegionBytes bytes, final RegionHeader header) {
        this.bytes = bytes;
        errorLogOffset = header.errorLogOffset();
    }

    /** Why the target has the clock that it has; empty if the library does not say it. */
    public String clockWhy() {
        return text(RegionDescriptor.CLOCK_WHY_OFFSET, RegionDescriptor.CLOCK_WHY_CAPACITY);
    }

    /** Java version of the process; empty if the library does not say it. */
    public String javaVersion() {
        return text(RegionDescriptor.JAVA_VERSION_OFFSET, RegionDescriptor.JAVA_VERSION_CAPACITY);
    }

    /** Command line of the process, which may be cut; empty if the library does not say it. */
    public String commandLine() {
        return text(RegionDescriptor.COMMAND_LINE_OFFSET, RegionDescriptor.COMMAND_LINE_CAPACITY);
    }

    private String text(final long offset, final int capacity) {
        return SharedText.read(bytes.view(offset, Integer.BYTES + capacity), capacity);
    }

    /** The clock triple that was taken when the region was made, or null. */
    public ClockTriple firstTriple() {
        return triple(RegionDescriptor.FIRST_TRIPLE_OFFSET);
    }

    /** The newest clock triple, or null. */
    public ClockTriple lastTriple() {
        return triple(RegionDescriptor.LAST_TRIPLE_OFFSET);
    }

    /**
     * The last clock triple before a break of the target's clock or a step of the wall clock, which the newest triple
     * shows; or null.
     */
    public ClockTriple beforeTriple() {
        return triple(RegionDescriptor.BEFORE_TRIPLE_OFFSET);
    }

    /**
     * What the ticker of a sampled clock has proven. Null if there is no ticker, or if its words did not stop changing.
     */
    public TickerState ticker() {
        for (int i = 0; i < TRIPLE_ATTEMPTS; i++) {
            final TickerState state = TickerState.read(bytes.view(RegionDescriptor.TICKER_OFFSET, TickerState.LENGTH));
            if (bytes.isMapped() || state == null || state.equals(
                TickerState.read(bytes.view(RegionDescriptor.TICKER_OFFSET, TickerState.LENGTH)))) {
                return state;
            }
        }
        return null;
    }

    private ClockTriple triple(final long offset) {
        for (int i = 0; i < TRIPLE_ATTEMPTS; i++) {
            final ClockTriple triple = ClockTriple.read(bytes.view(offset, ClockTriple.LENGTH));
            // A copy may have been made in the middle of a change without showing it. So the next copy must be equal.
            if (bytes.isMapped() || triple == null
                || triple.equals(ClockTriple.read(bytes.view(offset, ClockTriple.LENGTH)))) {
                return triple;
            }
        }
        return null;
    }

    /** Number of events that were refused before they had a ring, by cause, since the target began. */
    public Map<RefusalCause, Long> refusals() {
        final CountersReader counters = new CountersReader(
            new UnsafeBuffer(bytes.view(RegionDescriptor.COUNTERS_METADATA_OFFSET,
                RegionDescriptor.COUNTERS_METADATA_LENGTH), RegionDescriptor.COUNTERS_METADATA_LENGTH),
            new UnsafeBuffer(bytes.view(RegionDescriptor.COUNTERS_VALUES_OFFSET,
                RegionDescriptor.COUNTERS_VALUES_LENGTH), RegionDescriptor.COUNTERS_VALUES_LENGTH));
        final Map<RefusalCause, Long> refusals = new EnumMap<>(RefusalCause.class);
        for (int id = 0; id <= counters.maxCounterId(); id++) {
            if (counters.getCounterState(id) == CountersReader.RECORD_ALLOCATED) {
                final int type = counters.getCounterTypeId(id);
                final long value = counters.getCounterValue(id);
                for (final RefusalCause cause : RefusalCause.values()) {
                    if (cause.code() == type) {
                        refusals.merge(cause, value, Long::sum);
                    }
                }
            }
        }
        return refusals;
    }

    /** The errors inside the target's tracer since the target began: each distinct error with its count. */
    public List<DistinctError> errors() {
        // Most targets have no error. A look at the first word shows that, without a copy.
        final long first = errorLogOffset + ErrorLogDescriptor.RECORDS_OFFSET;
        return errorLogOffset == 0 || bytes.word(first) == 0 ? List.of() : ErrorLog.read(errorSection());
    }

    /** Number of errors for which the log had no room. */
    public long unrecordedErrors() {
        return errorLogOffset == 0 ? 0 : ErrorLog.unrecorded(errorSection());
    }

    private byte[] errorSection() {
        return Memory.getBytes(bytes.view(errorLogOffset, ErrorLogDescriptor.LENGTH), ErrorLogDescriptor.LENGTH);
    }
}
