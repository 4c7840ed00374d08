// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.region.RefusalCause;
import java.util.EnumMap;
import java.util.Map;

/** A target's process-wide counts of events that were refused before they had a ring, as a trace has them. */
public final class Refusals {
    private Refusals() {
    }

    /** Counts since the target began; only causes that occurred. */
    public static Map<RefusalCause, Long> of(final TargetRegion region) {
        final Map<RefusalCause, Long> refused = new EnumMap<>(RefusalCause.class);
        region.notes().refusals().forEach((cause, count) -> {
            // A count that no real target can have is treated as 0.
            if (count > 0) {
                refused.put(cause, Math.min(count, PacketHeader.MAX_COUNT));
            }
        });
        return refused;
    }

    /** Earlier counts plus what was refused since. */
    public static Map<RefusalCause, Long> sum(final Map<RefusalCause, Long> before,
        final Map<RefusalCause, Long> since) {
        final Map<RefusalCause, Long> now = new EnumMap<>(RefusalCause.class);
        now.putAll(before);
        since.forEach((cause, count) -> now.merge(cause, count, Long::sum));
        return now;
    }

    /** What was refused since earlier counts were taken; only causes that occurred. */
    public static Map<RefusalCause, Long> since(
        final Map<RefusalCause, Long> before, final Map<RefusalCause, Long> now) {
        final Map<RefusalCause, Long> refused = new EnumMap<>(RefusalCause.class);
        now.forEach((cause, count) -> {
            final long more = count - before.getOrDefault(cause, 0L);
            if (more > 0) {
                refused.put(cause, more);
            }
        });
        return refused;
    }
}
