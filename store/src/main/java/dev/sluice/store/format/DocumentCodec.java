// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.clock.TickerState;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.ring.region.RefusalCause;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Payloads of all documents but packets: little-endian fields in the order of the records' components, text as a u32
 * length and UTF-8. Later versions append; readers ignore what follows. Decoders trust nothing and throw
 * IllegalArgumentException. Stateless.
 */
public final class DocumentCodec {
    private static final int RING_ACCOUNT_LENGTH = 2 * Integer.BYTES + 7 * Long.BYTES;
    private static final int PROGRESS_LENGTH = 2 * Integer.BYTES + 12 * Long.BYTES;
    private static final int LOSS_SUM_LENGTH = 2 * Integer.BYTES + 4 * Long.BYTES;
    private static final int RING_COUNT_LENGTH = Integer.BYTES + Long.BYTES;
    private static final int REFUSAL_LENGTH = Integer.BYTES + Long.BYTES;

    /** Bytes of a text. */
    private static final int MAX_TEXT_LENGTH = 0xFFFF;
    /** The greatest number of rings and trap streams in one document: as many as a recording can have of both. */
    private static final int MAX_RINGS = 1 << 17;

    private DocumentCodec() {
    }

    public static byte[] encode(final TraceInfo info) {
        final byte[] version = utf8(info.sluiceVersion());
        final byte[] command = utf8(info.commandLine());
        final ByteBuffer buffer = buffer(4 * Integer.BYTES + Long.BYTES + version.length + command.length);
        buffer.putInt(DocumentDescriptor.FORMAT_VERSION).putInt(0).putLong(info.createdRealtimeNs());
        return putText(putText(buffer, version), command).array();
    }

    /** Decodes a trace document. If it has another version, the error message contains the description. */
    public static TraceInfo decodeTrace(final String description, final byte[] payload) {
        return decode(payload, buffer -> {
            final int version = buffer.getInt();
            if (version != DocumentDescriptor.FORMAT_VERSION) {
                throw new TraceStoreException(description + ": trace format version " + version
                    + ", this program reads " + DocumentDescriptor.FORMAT_VERSION + ": the "
                    + (version > DocumentDescriptor.FORMAT_VERSION ? "program" : "trace") + " is older");
            }
            buffer.getInt();
            return new TraceInfo(buffer.getLong(), getText(buffer), getText(buffer));
        });
    }

    public static byte[] encode(final TargetInfo info) {
        final byte[] command = utf8(info.commandLine());
        final byte[] java = utf8(info.javaVersion());
        final byte[] clockWhy = utf8(info.clockWhy());
        final ByteBuffer buffer = buffer(6 * Long.BYTES + 8 * Integer.BYTES + command.length + java.length
            + clockWhy.length + info.refusedBefore().size() * REFUSAL_LENGTH);
        putUuid(putUuid(buffer, info.id().uuid()), info.bootId());
        buffer.putLong(info.startTime()).putLong(info.clockFrequencyHz());
        buffer.putInt(info.pid()).putInt(info.clockKind()).putInt(info.layoutVersion()).putInt(info.uid());
        putText(putText(buffer, command), java).putInt(info.refusedBefore().size());
        info.refusedBefore().forEach((cause, events) -> buffer.putInt(cause.storedCode()).putLong(events));
        return putText(buffer, clockWhy).array();
    }

    public static TargetInfo decodeTarget(final byte[] payload) {
        return decode(payload, buffer -> {
            final TargetId id = new TargetId(getUuid(buffer));
            final UUID bootId = getUuid(buffer);
            final long startTime = buffer.getLong();
            final long frequency = buffer.getLong();
            final int pid = buffer.getInt();
            final int clockKind = buffer.getInt();
            final int layoutVersion = buffer.getInt();
            final int uid = buffer.getInt();
            return new TargetInfo(id, pid, startTime, bootId, clockKind, frequency, layoutVersion, uid,
                getText(buffer), getText(buffer), buffer.hasRemaining() ? refusals(buffer, buffer.getInt()) : Map.of(),
                buffer.hasRemaining() ? getText(buffer) : "");
        });
    }

    public static byte[] encode(final ClockTriple triple) {
        return buffer(4 * Long.BYTES).putLong(triple.ticks()).putLong(triple.monotonicNs())
            .putLong(triple.realtimeNs()).putLong(triple.spanNs()).array();
    }

    public static ClockTriple decodeClock(final byte[] payload) {
        return decode(payload, buffer -> new ClockTriple(buffer.getLong(), buffer.getLong(), buffer.getLong(),
            buffer.hasRemaining() ? Math.max(0, buffer.getLong()) : 0));
    }

    public static byte[] encode(final TickerInfo info) {
        final TickerState state = info.state();
        final ByteBuffer buffer =
            buffer(5 * Long.BYTES + Integer.BYTES + state.late().size() * TickerState.LATE_LENGTH);
        buffer.putLong(state.every()).putLong(state.allowedTicks()).putLong(state.confirmedTicks())
            .putLong(info.untilMonotonicNs()).putLong(state.lateCount()).putInt(state.late().size());
        state.late().forEach(late -> buffer.putLong(late.beginTicks()).putLong(late.endTicks()));
        return buffer.array();
    }

    public static TickerInfo decodeTicker(final byte[] payload) {
        return decode(payload, buffer -> {
            final long every = buffer.getLong();
            final long allowed = buffer.getLong();
            final long confirmed = buffer.getLong();
            final long until = buffer.getLong();
            final long count = count(buffer);
            final List<TickerState.Late> late = new ArrayList<>();
            for (int i = counted(buffer.getInt()); i > 0; i--) {
                late.add(new TickerState.Late(buffer.getLong(), buffer.getLong()));
            }
            return new TickerInfo(new TickerState(every, allowed, confirmed, count, late), until);
        });
    }

    public static byte[] encode(final ThreadInfo info) {
        final byte[] name = utf8(info.name());
        final ByteBuffer buffer = buffer(5 * Integer.BYTES + 6 * Long.BYTES + name.length);
        buffer.putInt(info.ring()).putInt(info.streamClass().code()).putInt(info.generation()).putInt(info.tid());
        buffer.putLong(info.javaThreadId()).putLong(info.sequenceBefore()).putLong(info.eventsBefore())
            .putLong(info.discardedBefore()).putLong(info.overwrittenBefore());
        return putText(buffer, name).putLong(info.firstCostNs()).array();
    }

    public static ThreadInfo decodeThread(final byte[] payload) {
        return decode(payload, buffer -> {
            final int ring = ring(buffer, 0);
            final int classCode = buffer.getInt();
            final StreamClass streamClass = StreamClass.ofCode(classCode);
            if (streamClass == null) {
                throw new IllegalArgumentException("unknown stream class " + classCode);
            }
            final int generation = buffer.getInt();
            final int tid = buffer.getInt();
            final long javaThreadId = buffer.getLong();
            final long sequence = buffer.getLong();
            final long events = buffer.getLong();
            final long discarded = buffer.getLong();
            final long overwritten = buffer.getLong();
            return new ThreadInfo(ring, streamClass, generation, tid, javaThreadId, getText(buffer), sequence, events,
                discarded, overwritten, buffer.hasRemaining() ? Math.max(0, buffer.getLong()) : 0);
        });
    }

    public static byte[] encode(final LossInfo info) {
        return buffer(2 * Integer.BYTES + 4 * Long.BYTES).putInt(info.ring()).putInt(info.cause().code())
            .putLong(info.events()).putLong(info.batches()).putLong(info.firstSequence())
            .putLong(info.lastSequence()).array();
    }

    public static LossInfo decodeLoss(final byte[] payload) {
        return decode(payload, buffer -> new LossInfo(ring(buffer, LossInfo.NO_RING), LossCause.ofCode(buffer.getInt()),
            count(buffer), count(buffer), buffer.getLong(), buffer.getLong()));
    }

    public static byte[] encode(final StallInfo info) {
        final ByteBuffer buffer = buffer(4 * Long.BYTES + Integer.BYTES + info.refused().size() * RING_COUNT_LENGTH);
        buffer.putLong(info.beginMonotonicNs()).putLong(info.endMonotonicNs()).putLong(info.beginRealtimeNs())
            .putLong(info.endRealtimeNs()).putInt(info.refused().size());
        info.refused().forEach((ring, events) -> buffer.putInt(ring).putLong(events));
        return buffer.array();
    }

    public static StallInfo decodeStall(final byte[] payload) {
        return decode(payload, buffer -> {
            final long begin = buffer.getLong();
            final long end = buffer.getLong();
            final long beginRealtime = buffer.getLong();
            final long endRealtime = buffer.getLong();
            if (begin > end || end - begin < 0) {
                throw new IllegalArgumentException("a stall that ends before it begins: " + begin + " " + end);
            }
            final Map<Integer, Long> refused = new TreeMap<>();
            for (int i = counted(buffer.getInt()); i > 0; i--) {
                refused.merge(buffer.getInt(), count(buffer), Long::sum);
            }
            return new StallInfo(begin, end, beginRealtime, endRealtime, refused);
        });
    }

    public static byte[] encode(final PaceInfo info) {
        return buffer(4 * Long.BYTES).putLong(info.wallNs()).putLong(info.idleNs()).putLong(info.processorNs())
            .putLong(info.queuedNs()).array();
    }

    public static PaceInfo decodePace(final byte[] payload) {
        return decode(payload, buffer ->
            new PaceInfo(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong()));
    }

    public static byte[] encode(final EndInfo info) {
        final ByteBuffer buffer = buffer(4 * Integer.BYTES + Long.BYTES + info.rings().size() * RING_ACCOUNT_LENGTH
            + info.refused().size() * REFUSAL_LENGTH);
        buffer.putInt(info.kind().code()).putInt(info.known() ? 1 : 0).putLong(info.realtimeNs());
        buffer.putInt(info.rings().size()).putInt(info.refused().size());
        for (final RingAccount ring : info.rings()) {
            buffer.putInt(ring.stream().number()).putInt(ring.stream().origin().code())
                .putLong(ring.written()).putLong(ring.discarded()).putLong(ring.overwritten()).putLong(ring.lost())
                .putLong(ring.batches()).putLong(ring.traps()).putLong(ring.blockedNs());
        }
        info.refused().forEach((cause, events) -> buffer.putInt(cause.storedCode()).putLong(events));
        return buffer.array();
    }

    public static EndInfo decodeEnd(final byte[] payload) {
        return decode(payload, buffer -> {
            final EndKind kind = EndKind.ofCode(buffer.getInt());
            final boolean known = buffer.getInt() != 0;
            final long realtimeNs = buffer.getLong();
            final int ringCount = counted(buffer.getInt());
            final int refusalCount = counted(buffer.getInt());
            final List<RingAccount> rings = new ArrayList<>();
            for (int i = 0; i < ringCount; i++) {
                final int number = ring(buffer, 0);
                final StreamKey stream = new StreamKey(StreamOrigin.ofCode(buffer.getInt()), number);
                rings.add(new RingAccount(stream, count(buffer), count(buffer), count(buffer), count(buffer),
                    count(buffer), count(buffer), count(buffer)));
            }
            return new EndInfo(kind, known, realtimeNs, rings, refusals(buffer, refusalCount));
        });
    }

    public static byte[] encode(final ProgressInfo info) {
        final ByteBuffer buffer = buffer(4 * Integer.BYTES + 3 * Long.BYTES + info.streams().size() * PROGRESS_LENGTH
            + info.losses().size() * LOSS_SUM_LENGTH);
        buffer.putInt(info.isEnd() ? 1 : 0).putInt(0).putLong(info.realtimeNs()).putLong(info.monotonicNs())
            .putLong(info.refusedInStalls());
        buffer.putInt(info.streams().size()).putInt(info.losses().size());
        for (final ProgressInfo.OfStream one : info.streams()) {
            buffer.putInt(one.stream().number()).putInt(one.stream().origin().code());
            buffer.putLong(one.sequenceBefore()).putLong(one.eventsBefore()).putLong(one.discardedBefore())
                .putLong(one.overwrittenBefore()).putLong(one.sequence()).putLong(one.events())
                .putLong(one.discarded()).putLong(one.overwritten()).putLong(one.storedEvents())
                .putLong(one.storedBatches()).putLong(one.lostInGaps()).putLong(one.missingBatches());
        }
        info.losses().forEach(loss -> buffer.putInt(loss.ring()).putInt(loss.cause().code()).putLong(loss.events())
            .putLong(loss.batches()).putLong(loss.firstSequence()).putLong(loss.lastSequence()));
        return buffer.array();
    }

    public static ProgressInfo decodeProgress(final byte[] payload) {
        return decode(payload, buffer -> {
            final boolean isEnd = buffer.getInt() != 0;
            buffer.getInt();
            final long realtimeNs = buffer.getLong();
            final long monotonicNs = buffer.getLong();
            final long refusedInStalls = count(buffer);
            final int streamCount = counted(buffer.getInt());
            final int lossCount = counted(buffer.getInt());
            final List<ProgressInfo.OfStream> streams = new ArrayList<>();
            for (int i = 0; i < streamCount; i++) {
                streams.add(progressOfStream(buffer));
            }
            final List<LossInfo> losses = new ArrayList<>();
            for (int i = 0; i < lossCount; i++) {
                losses.add(new LossInfo(ring(buffer, LossInfo.NO_RING), LossCause.ofCode(buffer.getInt()),
                    count(buffer), count(buffer), buffer.getLong(), buffer.getLong()));
            }
            return new ProgressInfo(realtimeNs, monotonicNs, isEnd, streams, losses, refusedInStalls);
        });
    }

    private static ProgressInfo.OfStream progressOfStream(final ByteBuffer buffer) {
        final int number = ring(buffer, 0);
        final StreamKey stream = new StreamKey(StreamOrigin.ofCode(buffer.getInt()), number);
        final ProgressInfo.OfStream one = new ProgressInfo.OfStream(stream, sequence(buffer), count(buffer),
            count(buffer), count(buffer), sequence(buffer), count(buffer), count(buffer), count(buffer), count(buffer),
            count(buffer), count(buffer), count(buffer));
        final long written = one.events() - one.eventsBefore();
        if (one.sequence() < one.sequenceBefore() || one.discarded() < one.discardedBefore()
            || one.overwritten() < one.overwrittenBefore() || one.storedEvents() > written
            || one.lostInGaps() > written - one.storedEvents()) {
            throw new IllegalArgumentException("counts go back: " + one);
        }
        return one;
    }

    public static byte[] encode(final DistinctError error) {
        final byte[] text = utf8(error.text());
        return putText(buffer(3 * Long.BYTES + Integer.BYTES + text.length).putLong(error.count())
            .putLong(error.firstMs()).putLong(error.lastMs()), text).array();
    }

    public static DistinctError decodeError(final byte[] payload) {
        return decode(payload, buffer ->
            new DistinctError(count(buffer), buffer.getLong(), buffer.getLong(), getText(buffer)));
    }

    public static byte[] encode(final TargetInfo.Selection selection) {
        final List<byte[]> choices = selection.choices().stream().map(DocumentCodec::utf8).toList();
        final ByteBuffer buffer = buffer(Long.BYTES + Integer.BYTES
            + choices.stream().mapToInt(choice -> Integer.BYTES + choice.length).sum());
        buffer.putLong(selection.realtimeNs()).putInt(choices.size());
        choices.forEach(choice -> putText(buffer, choice));
        return buffer.array();
    }

    public static TargetInfo.Selection decodeSelection(final byte[] payload) {
        return decode(payload, buffer -> {
            final long realtimeNs = buffer.getLong();
            final List<String> choices = new ArrayList<>();
            for (int i = counted(buffer.getInt()); i > 0; i--) {
                choices.add(getText(buffer));
            }
            return new TargetInfo.Selection(realtimeNs, choices);
        });
    }

    private static Map<RefusalCause, Long> refusals(final ByteBuffer buffer, final int count) {
        final Map<RefusalCause, Long> refused = new EnumMap<>(RefusalCause.class);
        for (int i = 0; i < count; i++) {
            refused.merge(RefusalCause.ofStoredCode(buffer.getInt()), count(buffer), Long::sum);
        }
        return refused;
    }

    private interface Decoder<T> {
        T decode(ByteBuffer buffer);
    }

    private static <T> T decode(final byte[] payload, final Decoder<T> decoder) {
        try {
            return decoder.decode(ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN));
        } catch (final BufferUnderflowException e) {
            throw new IllegalArgumentException("payload too short: length=" + payload.length, e);
        }
    }

    private static ByteBuffer buffer(final int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long count(final ByteBuffer buffer) {
        final long count = buffer.getLong();
        if (!PacketHeader.isCount(count)) {
            throw new IllegalArgumentException("count out of range: " + count);
        }
        return count;
    }

    private static long sequence(final ByteBuffer buffer) {
        final long sequence = buffer.getLong();
        if (!PacketHeader.isSequence(sequence)) {
            throw new IllegalArgumentException("sequence number out of range: " + sequence);
        }
        return sequence;
    }

    private static int counted(final int number) {
        if (number < 0 || number > MAX_RINGS) {
            throw new IllegalArgumentException("number out of range: " + number + " limit=" + MAX_RINGS);
        }
        return number;
    }

    private static int ring(final ByteBuffer buffer, final int least) {
        final int ring = buffer.getInt();
        if (ring < least) {
            throw new IllegalArgumentException("no such ring: " + ring);
        }
        return ring;
    }

    /** The UTF-8 bytes of a text, at most 64 KiB: a command line may be longer, and is cut then. */
    private static byte[] utf8(final String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = bytes.length;
        if (length > MAX_TEXT_LENGTH) {
            length = MAX_TEXT_LENGTH;
            while ((bytes[length] & 0xC0) == 0x80) {
                length--;
            }
        }
        return Arrays.copyOf(bytes, length);
    }

    private static ByteBuffer putText(final ByteBuffer buffer, final byte[] text) {
        return buffer.putInt(text.length).put(text);
    }

    private static String getText(final ByteBuffer buffer) {
        final int length = buffer.getInt();
        if (length < 0 || length > Math.min(MAX_TEXT_LENGTH, buffer.remaining())) {
            throw new IllegalArgumentException("text too long: length=" + length + " left=" + buffer.remaining()
                + " limit=" + MAX_TEXT_LENGTH);
        }
        final byte[] bytes = new byte[length];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static ByteBuffer putUuid(final ByteBuffer buffer, final UUID uuid) {
        return buffer.putLong(Long.reverseBytes(uuid.getMostSignificantBits()))
            .putLong(Long.reverseBytes(uuid.getLeastSignificantBits()));
    }

    private static UUID getUuid(final ByteBuffer buffer) {
        return new UUID(Long.reverseBytes(buffer.getLong()), Long.reverseBytes(buffer.getLong()));
    }
}
