// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.consumer.attach.TimeOffset;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.region.Slot;
import dev.sluice.store.format.StallInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds the stalls of a session: times between two heartbeats so long that the target takes the consumer for stale. The
 * heartbeat's thread reports each beat; the recorder's thread asks for the stalls.
 * <p>
 * The number of events refused in a stall is the growth of the rings' own counts. The counts are read one heartbeat
 * after the end of the stall, because a thread that found the consumer stale just before the end counts its event a
 * moment later.
 */
public final class StallWatch {
    private final TargetRegion region;
    private final long staleNs;
    private final long monotonicOffsetNs;
    /** For each ring, how many refused events were already reported with earlier stalls. */
    private final Map<Integer, Long> told = new TreeMap<>();
    private final Map<Integer, Long> discardedWhenTold = new TreeMap<>();
    private final List<StallInfo> open = new ArrayList<>();
    private StallInfo last;
    private long beatNs;
    private long beatRealtimeNs;

    /** A watch on a target's rings. */
    StallWatch(final Target target, final long staleNs) {
        this.region = target.region();
        this.staleNs = staleNs;
        monotonicOffsetNs = TimeOffset.ofTarget(target.process());
        beatNs = System.nanoTime();
        beatRealtimeNs = realtimeNs();
    }

    /** Begins. What the rings have refused so far belongs to another session. */
    synchronized void begin() {
        refusedSinceTold();
        open.clear();
    }

    /** Reports a beat of the consumer: if the time since the previous beat is long, it was a stall. */
    synchronized void beat() {
        final long now = System.nanoTime();
        final long realtime = realtimeNs();
        if (now - beatNs >= staleNs) {
            open.add(new StallInfo(beatNs + monotonicOffsetNs, now + monotonicOffsetNs, beatRealtimeNs, realtime,
                Map.of()));
        }
        beatNs = now;
        beatRealtimeNs = realtime;
    }

    /**
     * The stalls that have ended and were not handed out yet.
     *
     * @param isEnd  whether no event is refused any more: then a stall that has not ended yet is included, and events
     *               refused since the last stall was handed out are added to that stall
     * @param isLost whether another consumer has the session, and with it the counts
     */
    public synchronized List<StallInfo> take(final boolean isEnd, final boolean isLost) {
        if (isEnd && !isLost && System.nanoTime() - beatNs >= staleNs) {
            beat();
        }
        if (!isEnd && (open.isEmpty() || isYoung())) {
            return List.of();
        }
        final Map<Integer, Long> refused = isLost ? Map.of() : refusedSinceTold();
        final List<StallInfo> over = new ArrayList<>(open);
        open.clear();
        if (over.isEmpty() && !refused.isEmpty()) {
            // The target found this consumer late, by a clock that both read, although this consumer did not notice it.
            over.add(last != null ? last : new StallInfo(beatNs + monotonicOffsetNs, beatNs + monotonicOffsetNs,
                beatRealtimeNs, beatRealtimeNs, Map.of()));
        }
        if (!over.isEmpty()) {
            // The last stall gets all refused events: it is unknown which of them belong to an earlier stall.
            last = over.get(over.size() - 1);
            over.set(over.size() - 1, new StallInfo(last.beginMonotonicNs(), last.endMonotonicNs(),
                last.beginRealtimeNs(), last.endRealtimeNs(), refused));
        }
        return over;
    }

    private boolean isYoung() {
        final StallInfo newest = open.get(open.size() - 1);
        return System.nanoTime() + monotonicOffsetNs - newest.endMonotonicNs() < Heartbeat.PERIOD_NS;
    }

    /** The result is never more than the ring has discarded since, because a target may write anything. */
    private Map<Integer, Long> refusedSinceTold() {
        final Map<Integer, Long> refused = new TreeMap<>();
        for (int i = 0; i < region.slotLimit(); i++) {
            final Slot slot = region.slot(i);
            final long count = slot.stalledAcquire();
            final long discarded = slot.discardedAcquire();
            if (PacketHeader.isCount(count) && PacketHeader.isCount(discarded)) {
                final long more = Math.min(
                    count - told.getOrDefault(i, 0L), discarded - discardedWhenTold.getOrDefault(i, 0L));
                if (more > 0) {
                    refused.put(i, more);
                }
                told.put(i, count);
                discardedWhenTold.put(i, discarded);
            }
        }
        return refused;
    }

    private static long realtimeNs() {
        return System.currentTimeMillis() * 1_000_000L;
    }
}
