// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.clock.TickerState;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.store.format.DocumentCodec;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.PaceInfo;
import dev.sluice.store.format.ProgressInfo;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.StreamTally;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TickerInfo;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What each segment of a trace that rotates repeats of one target, so that it can be read by itself: who it is, its
 * events, the owners of its rings, its newest clock reading, and the account up to there. Memory is for rings and
 * declared events, and does not grow with what is recorded. For one thread at a time.
 */
final class TargetCarry {
    /** Losses that name sequence numbers are those that an earlier session has left: few, and told one by one. */
    private record Loss(int ring, LossCause cause, long firstSequence, long lastSequence) {
    }

    private final int index;
    private final TargetInfo info;
    private final ByteArrayOutputStream schemas = new ByteArrayOutputStream();
    /** Of each stream the owner that was noted last: the packets of those before are stored already. */
    private final Map<StreamKey, ThreadInfo> threads = new LinkedHashMap<>();
    private final Map<StreamKey, StreamTally> tallies = new LinkedHashMap<>();
    private final Map<String, DistinctError> errors = new LinkedHashMap<>();
    private final Map<Loss, LossInfo> losses = new LinkedHashMap<>();
    private final PacketHeader packet = new PacketHeader();
    private ClockTriple clock;
    private TickerState ticker;
    private long refusedInStalls;
    private PaceInfo pace;
    private TargetInfo.Selection selection;
    private EndInfo end;

    TargetCarry(final int index, final TargetInfo info) {
        this.index = index;
        this.info = info;
    }

    void schema(final byte[] log) {
        schemas.writeBytes(log);
    }

    void clock(final ClockTriple triple) {
        clock = triple;
    }

    void ticker(final TickerInfo newest) {
        ticker = newest.state();
    }

    void thread(final ThreadInfo thread) {
        threads.put(thread.stream(), thread);
        tally(thread.stream()).beginAt(thread);
    }

    void loss(final LossInfo loss) {
        losses.merge(new Loss(loss.ring(), loss.cause(), loss.firstSequence(), loss.lastSequence()), loss,
            (sum, one) -> new LossInfo(sum.ring(), sum.cause(), sum.events() + one.events(),
                sum.batches() + one.batches(), sum.firstSequence(), sum.lastSequence()));
    }

    void error(final DistinctError error) {
        errors.put(error.text(), error);
    }

    void stall(final StallInfo stall) {
        refusedInStalls += stall.refusedTotal();
    }

    /** The newest one is that of the events to come. */
    void selection(final TargetInfo.Selection newSelection) {
        selection = newSelection;
    }

    void pace(final PaceInfo newPace) {
        pace = newPace;
    }

    void end(final EndInfo newEnd) {
        end = newEnd;
    }

    /** Counts a packet that was stored. Returns the number of its events. */
    int packet(final long address) {
        packet.at(address);
        final StreamTally tally = tally(StreamKey.of(packet));
        tally.beginAt(packet);
        tally.accept(packet);
        return packet.eventCount();
    }

    private StreamTally tally(final StreamKey stream) {
        return tallies.computeIfAbsent(stream, key -> new StreamTally());
    }

    /** Forgets what only packets need. Of a target that has ended, and whose packets were all removed. */
    void forgetDetails() {
        schemas.reset();
        threads.clear();
        errors.clear();
    }

    boolean hasEnded() {
        return end != null;
    }

    /**
     * How far the target's part has come.
     *
     * @param atNs CLOCK_MONOTONIC, ns
     */
    ProgressInfo progress(final boolean isEnd, final long atNs) {
        final List<ProgressInfo.OfStream> streams = new ArrayList<>(tallies.size());
        tallies.forEach((stream, tally) -> {
            if (tally.isKnown()) {
                streams.add(tally.progress(stream));
            }
        });
        return new ProgressInfo(System.currentTimeMillis() * 1_000_000L, atNs, isEnd, streams,
            List.copyOf(losses.values()), refusedInStalls);
    }

    /** Appends what a segment begins with at some moment, CLOCK_MONOTONIC in ns. */
    void writeTo(final Segment segment, final long atNs) {
        segment.append(DocumentKind.TARGET, index, DocumentCodec.encode(info));
        // A log is never longer than one document may be: its room in the target's memory is less.
        if (schemas.size() > 0 && schemas.size() <= DocumentDescriptor.MAX_PAYLOAD_LENGTH) {
            segment.append(DocumentKind.SCHEMA, index, schemas.toByteArray());
        }
        if (clock != null) {
            segment.append(DocumentKind.CLOCK, index, DocumentCodec.encode(clock));
        }
        if (selection != null) {
            segment.append(DocumentKind.SELECTION, index, DocumentCodec.encode(selection));
        }
        if (ticker != null) {
            // The time until which it tells everything has passed: packets have come since.
            segment.append(DocumentKind.TICKER, index, DocumentCodec.encode(new TickerInfo(new TickerState(
                ticker.every(), ticker.allowedTicks(), ticker.confirmedTicks(), ticker.lateCount(), List.of()), 0)));
        }
        threads.values().forEach(one -> segment.append(DocumentKind.THREAD, index, DocumentCodec.encode(one)));
        errors.values().forEach(one -> segment.append(DocumentKind.ERROR, index, DocumentCodec.encode(one)));
        segment.append(DocumentKind.PROGRESS, index, DocumentCodec.encode(progress(false, atNs)));
        if (pace != null) {
            segment.append(DocumentKind.PACE, index, DocumentCodec.encode(pace));
        }
        if (end != null) {
            segment.append(DocumentKind.END, index, DocumentCodec.encode(end));
        }
    }
}
