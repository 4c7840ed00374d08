// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.window;

import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.StreamTally;
import dev.sluice.store.format.ThreadInfo;
import java.util.ArrayList;
import java.util.List;

/** What a window has of one ring or trap stream, and where the first trace stands meanwhile. For one thread. */
final class StreamWindow {
    /** All packets of the first trace so far. */
    private final StreamTally tally = new StreamTally();
    /** Those in the window. */
    private final StreamTally kept = new StreamTally();
    /** Losses since the last packet. */
    private final List<LossInfo> losses = new ArrayList<>();
    /**
     * Losses in the window before the last packet that no header shows yet, as it counts overwritten events that come
     * later.
     */
    private List<LossInfo> hidden = new ArrayList<>();
    /** Events lost so far, by the documents of the first trace. */
    private long knownLost;
    private ThreadInfo begin;
    private int generation;
    private boolean isLastKept;
    private long lostHidden;
    private long lostAtEnd;

    StreamTally tally() {
        return tally;
    }

    void addLoss(final LossInfo loss) {
        if (isHole(loss)) {
            losses.add(loss);
            knownLost += loss.events();
        }
    }

    /** Takes how many events were lost in all segments before, those that are there no more included. */
    void lostBefore(final long events) {
        knownLost = Math.max(knownLost, events);
    }

    /** Whether a loss leaves a hole between packets. Those of sessions before are before the first packet. */
    static boolean isHole(final LossInfo loss) {
        return loss.cause() != LossCause.BETWEEN_SESSIONS && loss.firstSequence() == 0;
    }

    /** How many events of the ring are known to be lost since the first trace began. */
    long knownLost() {
        return knownLost;
    }

    /**
     * Takes where the ring stands at the window's begin, if a packet is the first one there. What is missing before it
     * is not the window's.
     *
     * @param ahead how many overwritten events that come later its header counts already
     * @return whether it is
     */
    boolean begin(final PacketHeader packet, final long ahead) {
        if (begin != null) {
            return false;
        }
        losses.clear();
        generation = packet.generation();
        begin = new ThreadInfo(packet.ring(), packet.streamClass(), generation, packet.tid(), packet.javaThreadId(), "",
            packet.sequence() - 1, packet.eventsBefore(), tally.order().discarded(),
            Math.max(0, packet.overwritten() - ahead));
        kept.beginAt(begin);
        return true;
    }

    boolean isNewOwner(final PacketHeader packet) {
        return generation != packet.generation();
    }

    /**
     * Who owns the ring now, with where it stood at the window's begin.
     *
     * @param known what the first trace says of that owner, or null
     */
    ThreadInfo owner(final PacketHeader packet, final ThreadInfo known) {
        return new ThreadInfo(packet.ring(), packet.streamClass(), packet.generation(), packet.tid(),
            packet.javaThreadId(), known == null ? "" : known.name(), begin.sequenceBefore(), begin.eventsBefore(),
            begin.discardedBefore(), begin.overwrittenBefore(), known == null ? 0 : known.firstCostNs());
    }

    /** The losses that explain what is missing before a packet of the window. */
    List<LossInfo> takeLosses(final PacketHeader packet) {
        long left = kept.lostBefore(packet);
        final List<LossInfo> taken = new ArrayList<>();
        final List<LossInfo> rest = new ArrayList<>();
        hidden.addAll(losses);
        losses.clear();
        for (final LossInfo loss : hidden) {
            final long events = Math.min(left, loss.events());
            left -= events;
            if (events > 0) {
                taken.add(new LossInfo(packet.ring(), loss.cause(), events, loss.batches()));
            }
            if (events < loss.events()) {
                rest.add(new LossInfo(packet.ring(), loss.cause(), loss.events() - events,
                    events > 0 ? 0 : loss.batches()));
            }
        }
        hidden = rest;
        if (left > 0) {
            // No document of the first trace says why: the packets were damaged there.
            taken.add(new LossInfo(packet.ring(), LossCause.MALFORMED, left, 0));
        }
        return taken;
    }

    void stored(final PacketHeader packet) {
        generation = packet.generation();
        kept.accept(packet);
    }

    /** Goes on behind a packet of the first trace. */
    void passed(final PacketHeader packet, final boolean isKept) {
        tally.accept(packet);
        isLastKept = isKept;
        losses.clear();
    }

    /** Losses that no packet of the window shows: hidden ones, and those behind the last packet that there is. */
    List<LossInfo> takeTail() {
        lostHidden = hidden.stream().mapToLong(LossInfo::events).sum();
        final List<LossInfo> taken = new ArrayList<>(hidden);
        if (isLastKept) {
            taken.addAll(losses);
            lostAtEnd = losses.stream().mapToLong(LossInfo::events).sum();
        }
        return taken;
    }

    boolean hasBegun() {
        return begin != null;
    }

    long events() {
        return kept.storedEvents();
    }

    long lost() {
        return kept.lostInGaps() + lostHidden + lostAtEnd;
    }

    /** The account of the ring in the window. */
    RingAccount account(final StreamKey key) {
        final long written = kept.order().events() - kept.eventsBefore();
        return new RingAccount(key, written + lostAtEnd, kept.order().discarded() - kept.discardedBefore(),
            Math.max(0, written - kept.storedEvents() - kept.lostInGaps() - lostHidden), lost(), kept.storedBatches(),
            kept.storedBatches(), 0);
    }
}
