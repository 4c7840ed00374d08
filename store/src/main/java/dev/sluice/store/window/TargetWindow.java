// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.window;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.ProgressInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TickerInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.write.TraceWriter;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** One target's part of a window that is written. For one thread. */
final class TargetWindow {
    private final TargetTrace target;
    private final TraceWriter writer;
    private final int index;
    private final TargetClock clock;
    private final long fromNs;
    private final long toNs;
    private final EventWalker walker;
    private final PacketCut cut;
    private final PacketHeader packet = new PacketHeader();
    private final Map<StreamKey, StreamWindow> streams = new LinkedHashMap<>();

    /** Adds the target to the new trace, with all that does not depend on the window, and its clock. */
    TargetWindow(final TargetTrace target, final TraceWriter writer, final long fromNs, final long toNs) {
        this.target = target;
        this.writer = writer;
        this.fromNs = fromNs;
        this.toNs = toNs;
        clock = target.clock();
        walker = new EventWalker(target.schemas());
        cut = new PacketCut(walker, clock, fromNs, toNs);
        index = writer.addTarget(target.info());
        final ByteArrayOutputStream log = new ByteArrayOutputStream();
        for (final EventSchema schema : target.schemas()) {
            log.writeBytes(SchemaCodec.encode(schema));
        }
        if (log.size() > 0) {
            writer.schema(index, log.toByteArray());
        }
        writeClock();
        target.selections().forEach(selection -> writer.selection(index, selection));
        target.errors().forEach(error -> writer.error(index, error));
        for (final StallInfo stall : target.stalls()) {
            if (stall.endMonotonicNs() >= fromNs && stall.beginMonotonicNs() <= toNs) {
                writer.stall(index, stall);
            }
        }
    }

    /** Writes the readings that the window's times lie between: so they are the same times as in the first trace. */
    private void writeClock() {
        final List<ClockTriple> readings = target.triples();
        int first = 0;
        while (first + 2 < readings.size() && readings.get(first + 1).monotonicNs() < fromNs) {
            first++;
        }
        readings.subList(Math.min(first, readings.size()), readings.size())
            .forEach(reading -> writer.clock(index, reading));
    }

    private StreamWindow stream(final StreamKey key) {
        return streams.computeIfAbsent(key, made -> new StreamWindow());
    }

    void thread(final ThreadInfo thread) {
        stream(thread.stream()).tally().beginAt(thread);
    }

    void progress(final ProgressInfo progress) {
        if (!progress.isEnd()) {
            progress.streams().forEach(one -> stream(one.stream()).tally().resume(one));
            progress.losses().stream()
                .filter(loss -> loss.ring() != LossInfo.NO_RING && StreamWindow.isHole(loss))
                .collect(Collectors.groupingBy(LossInfo::ring, Collectors.summingLong(LossInfo::events)))
                .forEach((ring, events) -> stream(StreamKey.ofRing(ring)).lostBefore(events));
        }
    }

    void ticker(final TickerInfo ticker) {
        writer.ticker(index, ticker);
    }

    void loss(final LossInfo loss) {
        if (loss.ring() != LossInfo.NO_RING) {
            stream(StreamKey.ofRing(loss.ring())).addLoss(loss);
        }
    }

    void packet(final long address, final int length) {
        packet.at(address);
        if (packet.problem(length, target.info().id()) != null) {
            return;
        }
        final StreamWindow stream = stream(StreamKey.of(packet));
        if (stream.tally().isKnown() && stream.tally().problem(packet) != null) {
            return;
        }
        stream.tally().beginAt(packet);
        final boolean isInside = clock.monotonicNs(packet.ticksBegin()) >= fromNs
            && clock.monotonicNs(packet.ticksEnd()) <= toNs;
        final boolean isOutside = clock.monotonicNs(packet.ticksEnd()) < fromNs
            || clock.monotonicNs(packet.ticksBegin()) > toNs;
        if (isInside || !isOutside && cut.cut(packet)) {
            write(stream, isInside ? address : cut.address());
            packet.at(address);
            stream.passed(packet, true);
        } else {
            stream.passed(packet, false);
        }
    }

    /** Writes a packet, as it is or cut, and before it who has fired its events and what is missing there. */
    private void write(final StreamWindow stream, final long address) {
        final long ahead = stream.tally().countedAhead(packet, stream.knownLost());
        packet.at(address);
        if (stream.begin(packet, ahead) || stream.isNewOwner(packet)) {
            writer.thread(index,
                stream.owner(packet, target.thread(StreamKey.of(packet), packet.generation())));
        }
        stream.takeLosses(packet).forEach(loss -> writer.loss(index, loss));
        if (!writer.tryPacket(index, address, (int) (packet.packetBits() / Byte.SIZE))) {
            throw new TraceStoreException("no room for the snapshot: directory=" + writer.directory() + ": "
                + writer.problem() + "; nothing of it is left. Free some space, or write it to another file system"
                + " (snapshot -o DIR)");
        }
        stream.stored(packet);
    }

    /** Writes the account of the window. */
    void finish(final boolean isSound) {
        final List<RingAccount> accounts = new ArrayList<>();
        streams.forEach((key, stream) -> {
            if (stream.hasBegun()) {
                stream.takeTail().forEach(loss -> writer.loss(index, loss));
                accounts.add(stream.account(key));
            }
        });
        writer.end(index, new EndInfo(EndKind.SNAPSHOT, isSound, System.currentTimeMillis() * 1_000_000L, accounts,
            Map.of()));
    }

    long events() {
        return streams.values().stream().mapToLong(StreamWindow::events).sum();
    }

    long lost() {
        return streams.values().stream().mapToLong(StreamWindow::lost).sum();
    }
}
