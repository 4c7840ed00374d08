// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import java.util.function.IntFunction;

/** Traces with very many documents of one kind, or with the largest that there may be. Immutable. */
public final class ForgedMass {
    /** Bytes of a large text. */
    private static final int LARGE = DocumentDescriptor.MAX_PAYLOAD_LENGTH - 4096;
    private static final int FIRST_FREE = 2;
    private static final int FIRST_RING = 10;
    private static final int FIELDS = EventSchema.MAX_FIELDS;

    private final byte[] queueHead;
    private final ForgedTrace forged;
    private final byte[] id;

    /** Of the target that a forger knows. */
    public ForgedMass(final byte[] queueHead, final ForgedTrace forged, final TargetId id) {
        this.queueHead = queueHead;
        this.forged = forged;
        this.id = ForgedTrace.bytes(id.uuid());
    }

    /** Writes the sound trace and more documents of a kind behind it. */
    public void write(final Path file, final DocumentKind kind, final int count, final boolean isLarge)
        throws IOException {
        write(file, count, i -> isLarge ? large(kind, i) : small(kind, i));
    }

    /** Writes the sound trace and rings with a packet each of about the length of a ring's longest. */
    public void writeRings(final Path file, final int count) throws IOException {
        write(file, count, i -> ForgedLayouts.texts(0, id, FIRST_RING + i, FIELDS, 1000));
    }

    private void write(final Path file, final int count, final IntFunction<ForgedDocument> documents)
        throws IOException {
        Files.deleteIfExists(file);
        long offset = queueHead.length;
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            out.write(queueHead);
            for (final ForgedDocument document : forged.sound()) {
                offset += append(out, document, offset);
            }
            offset += append(out, ForgedLayouts.textsSchema(0, FIELDS), offset);
            for (int i = 0; i < count; i++) {
                offset += append(out, documents.apply(i), offset);
            }
        }
    }

    private static int append(final OutputStream out, final ForgedDocument document, final long offset)
        throws IOException {
        final byte[] bytes = document.encode(offset);
        out.write(bytes);
        return bytes.length;
    }

    private static byte[] id(final int number) {
        return ForgedTrace.bytes(new UUID(number, 1));
    }

    private ForgedDocument small(final DocumentKind kind, final int i) {
        return switch (kind) {
            case TRACE -> ForgedLayouts.trace();
            case TARGET -> ForgedLayouts.target(FIRST_FREE + i, id(i));
            case SCHEMA -> ForgedLayouts.emptySchema(0, "p" + i).with("id", 4 + i % 65_000);
            // Each of them a step of the wall clock.
            case CLOCK -> ForgedLayouts.clock(0, 6000 + i * 1000L)
                .with("realtimeNs", TestTraces.BEGIN_NS + i % 2 * 3_600_000_000_000L);
            case THREAD -> ForgedLayouts.thread(0, i);
            // Half of them in rings of their own, half of them in one, each behind a gap.
            case PACKET -> i % 2 == 0 ? ForgedLayouts.emptyEvents(0, id, 10 + i, 1, 0, 1)
                : ForgedLayouts.emptyEvents(0, id, 1, i, i * 2L, 1);
            case LOSS -> ForgedLayouts.loss(0, i - 1);
            case STALL -> ForgedLayouts.stall(0, i * 10L);
            case PACE -> ForgedLayouts.pace(0, i);
            case SELECTION -> ForgedLayouts.selection(0, "orders:placed[id > " + i + "]");
            case PROGRESS -> ForgedLayouts.progress(0, 10 + i);
            case END -> ForgedLayouts.end(0, i, false);
            case ERROR -> ForgedLayouts.error(0, "error " + i);
            // Each of them one more interval that was late.
            case TICKER -> ForgedLayouts.ticker(0, i * 1000L).with("lateCount", i + 1);
        };
    }

    private ForgedDocument large(final DocumentKind kind, final int i) {
        final byte[] text = new byte[LARGE];
        Arrays.fill(text, (byte) ('a' + i % 26));
        return switch (kind) {
            case TRACE -> ForgedLayouts.trace().with("commandLine", text);
            case TARGET -> ForgedLayouts.target(FIRST_FREE + i, id(i)).with("commandLine", text);
            case SCHEMA -> ForgedLayouts.allSchema(0).with("id", 4 + i).with("ENUM16.labels", 0xFFFF)
                .with("ENUM16.label.others", labels(0xFFFE, 120));
            case CLOCK -> ForgedLayouts.clock(0, 6000 + i).add("more", text);
            case THREAD -> ForgedLayouts.thread(0, i).with("name", text);
            case PACKET -> ForgedLayouts.texts(0, id, 10 + i, FIELDS, 0xFFFF);
            case LOSS -> ForgedLayouts.loss(0, 0).add("more", text);
            case STALL -> ForgedLayouts.stall(0, i * 10L).with("refused", LARGE / 12 + 1L)
                .add("more", numbers(LARGE / 12, 12, i));
            case PACE -> ForgedLayouts.pace(0, i).add("more", text);
            case SELECTION -> ForgedLayouts.selection(0, "").with("choices.text", text);
            case PROGRESS -> ForgedLayouts.progress(0, 10 + i).add("more", text);
            case END -> ForgedLayouts.end(0, i, false).with("rings", 1).with("refused", LARGE / 12 + 1L)
                .add("more", numbers(LARGE / 12, 12, -1));
            case ERROR -> ForgedLayouts.error(0, "").with("text", text);
            case TICKER -> ForgedLayouts.ticker(0, i).with("lateCount", i + 1).add("more", text);
        };
    }

    private static byte[] labels(final int count, final int length) {
        final ByteBuffer bytes = ByteBuffer.allocate(count * (length + Short.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        final byte[] label = new byte[length];
        for (int i = 0; i < count; i++) {
            Arrays.fill(label, (byte) ('0' + i % 10));
            bytes.putShort((short) length).put(label);
        }
        return bytes.array();
    }

    /** Pairs of a ring, or of a cause that there is, and a count. */
    private static byte[] numbers(final int count, final int length, final int first) {
        final ByteBuffer bytes = ByteBuffer.allocate(count * length).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            bytes.putInt(first < 0 ? 4 : first + i).putLong(1);
        }
        return bytes.array();
    }
}
