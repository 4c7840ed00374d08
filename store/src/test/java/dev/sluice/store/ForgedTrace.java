// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store;

import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.segment.SegmentFile;
import dev.sluice.store.write.TraceWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Makes traces that lie. Each begins as the same sound trace of two targets: the first one has documents of every kind,
 * of which some is changed; the second one is the witness, three events that every reader must still find. Immutable.
 */
public final class ForgedTrace {
    /** Name of the witness's event. */
    public static final String WITNESS = "witness:empty";
    /** How many of those there are. */
    public static final int WITNESSES = 3;
    /** Events of the first target. */
    public static final int EVENTS = 4;
    /** Steers a terminal, and is no UTF-8. */
    static final byte[] HOSTILE = HexFormat.of().parseHex("1b5b324a" + "c29b33316d" + "e280ae" + "f3a08081" + "e280a8"
        + "ffc0" + "00" + "0d0a736c756963653a" + "225c7f");
    /** A bit of the queue's word before what is its own. */
    private static final int META = 0x4000_0000;
    private static final int FIRST = 0;
    private static final int SECOND = 1;

    /** One trace, and what of it can still be read. */
    public record Case(String name, List<ForgedDocument> documents, boolean keepsWitness, boolean isOtherVersion) {
    }

    private final List<ForgedDocument> sound;

    /**
     * Traces of one target, of which there is a region.
     *
     * @param id its id
     */
    public ForgedTrace(final TargetId id) {
        sound = sound(bytes(id.uuid()));
    }

    static byte[] bytes(final UUID id) {
        return ByteBuffer.allocate(16).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits())
            .array();
    }

    private static List<ForgedDocument> sound(final byte[] id) {
        final byte[] witness = bytes(new UUID(7, 7));
        return List.of(ForgedLayouts.trace(), ForgedLayouts.target(FIRST, id), ForgedLayouts.allSchema(FIRST),
            ForgedLayouts.emptySchema(FIRST, ForgedLayouts.PROVIDER), ForgedLayouts.clock(FIRST, 10),
            ForgedLayouts.thread(FIRST, 0), ForgedLayouts.packet(FIRST, id, 0, 1, 0), ForgedLayouts.clock(FIRST, 5000),
            ForgedLayouts.target(SECOND, witness), ForgedLayouts.emptySchema(SECOND, "witness"),
            ForgedLayouts.clock(SECOND, 10),
            ForgedLayouts.emptyEvents(SECOND, witness, 0, 1, 0, WITNESSES), ForgedLayouts.loss(FIRST, LossInfo.NO_RING),
            ForgedLayouts.stall(FIRST, 50), ForgedLayouts.ticker(FIRST, 100),
            ForgedLayouts.pace(FIRST, 100), ForgedLayouts.selection(FIRST, "work:*[a > 1] 1/2:a"),
            ForgedLayouts.error(FIRST, "java.lang.Error: text\n\tat x.y(z)"),
            ForgedLayouts.progress(FIRST, 0), ForgedLayouts.packet(FIRST, id, 0, 2, 2),
            ForgedLayouts.end(FIRST, EVENTS, false),
            ForgedLayouts.end(SECOND, WITNESSES, true));
    }

    /** The sound trace. */
    public List<ForgedDocument> sound() {
        return sound;
    }

    /** Interesting values in the place of another. */
    static long[] extremes(final long value, final Random random) {
        return new long[] {0, 1, -1, value + 1, value - 1, Byte.MAX_VALUE, 0x80, 0xFF, 0x100, Short.MAX_VALUE, 0x8000,
            0xFFFF, 0x10000, Integer.MAX_VALUE - 1, Integer.MAX_VALUE, 1L << 31, (1L << 31) + 1, (1L << 32) - 1,
            1L << 32, (1L << 47) - 1, 1L << 47, (1L << 48) - 1, 1L << 48, 1L << 62, (1L << 62) + 1, Long.MAX_VALUE - 1,
            Long.MAX_VALUE, Long.MIN_VALUE, random.nextInt(), random.nextLong()};
    }

    /** Interesting bytes in the place of others. */
    private static List<byte[]> extremes(final byte[] random) {
        final byte[] longest = new byte[0xFFFF];
        Arrays.fill(longest, (byte) 'x');
        return List.of(new byte[0], new byte[1], HOSTILE, longest, new byte[0x11170], random);
    }

    private static long masked(final long number, final int width) {
        return width == Long.BYTES ? number : number & (1L << width * Byte.SIZE) - 1;
    }

    private Case changed(final int at, final ForgedDocument document, final String what) {
        final List<ForgedDocument> documents = new ArrayList<>(sound);
        documents.set(at, document);
        final boolean isOtherVersion =
            document.kind() == DocumentKind.TRACE && document.number(0) != DocumentDescriptor.FORMAT_VERSION;
        return new Case("document " + at + " (" + sound.get(at) + ") " + what, documents,
            sound.get(at).target() != SECOND, isOtherVersion);
    }

    /** One word of one document's head is changed. */
    public Case withHead(final int at, final ForgedDocument.Head head, final long number) {
        return changed(at, sound.get(at).with(head, number), head + "=" + number);
    }

    /** Every value of every document at every extreme, one after another. */
    public List<Case> single(final Random random) {
        final List<Case> cases = new ArrayList<>();
        for (int at = 0; at < sound.size(); at++) {
            final ForgedDocument document = sound.get(at);
            for (int i = 0; i < document.names().size(); i++) {
                addCases(cases, at, i, random);
            }
            for (final ForgedDocument.Head head : ForgedDocument.Head.values()) {
                for (final long number : extremes(document.payload().length, random)) {
                    cases.add(withHead(at, head, number));
                }
            }
        }
        return cases;
    }

    private void addCases(final List<Case> cases, final int at, final int value, final Random random) {
        final ForgedDocument document = sound.get(at);
        final String name = document.names().get(value);
        if (document.width(value) == 0) {
            final byte[] bytes = new byte[random.nextInt(100)];
            random.nextBytes(bytes);
            for (final byte[] extreme : extremes(bytes)) {
                cases.add(changed(at, document.with(value, extreme), name + " of " + extreme.length + " bytes"));
            }
            return;
        }
        final Set<Long> seen = new HashSet<>();
        seen.add(masked(document.number(value), document.width(value)));
        for (final long extreme : extremes(document.number(value), random)) {
            final long number = masked(extreme, document.width(value));
            if (seen.add(number)) {
                cases.add(changed(at, document.with(value, number), name + "=" + number));
            }
        }
    }

    /** Several values at once, documents in any order, missing, and repeated. */
    public Case random(final Random random) {
        final List<ForgedDocument> documents = new ArrayList<>(sound);
        final StringBuilder name = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            final int at = random.nextInt(documents.size());
            final ForgedDocument document = documents.get(at);
            final int value = random.nextInt(document.names().size());
            if (document.width(value) > 0) {
                final long[] extremes = extremes(document.number(value), random);
                final long number = extremes[random.nextInt(extremes.length)];
                documents.set(at, document.with(value, number));
                name.append(at).append(" (").append(document).append(") ").append(document.names().get(value))
                    .append('=').append(number).append(", ");
            }
        }
        for (int i = random.nextInt(5); i > 0; i--) {
            final int at = 1 + random.nextInt(documents.size() - 1);
            final int to = 1 + random.nextInt(documents.size() - 1);
            switch (random.nextInt(3)) {
                case 0 -> Collections.swap(documents, at, to);
                case 1 -> documents.add(to, documents.get(at));
                default -> documents.remove(at);
            }
            name.append(at).append(" and ").append(to).append(" swapped, repeated or removed, ");
        }
        if (random.nextInt(8) == 0) {
            Collections.shuffle(documents.subList(1, documents.size()), random);
            name.append("shuffled");
        }
        return new Case(name.toString(), documents, false, false);
    }

    /**
     * What the queue itself writes before the first document.
     *
     * @param directory where an empty trace is made
     */
    public static byte[] queueHead(final Path directory) throws IOException {
        TraceWriter.create(directory, TestTraces.INFO).close();
        try (Stream<Path> files = Files.list(directory.resolve(SegmentFile.FIRST_FOLDER))) {
            final ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(
                files.filter(path -> path.toString().endsWith(".cq4")).findFirst().orElseThrow()))
                .order(ByteOrder.LITTLE_ENDIAN);
            int offset = 0;
            while ((file.getInt(offset) & META) != 0) {
                offset += 4 + (file.getInt(offset) & META - 1) + 3 & -4;
            }
            return Arrays.copyOf(file.array(), offset);
        }
    }

    /** The queue's file with some documents, behind the queue's own. */
    public static byte[] file(final byte[] queueHead, final List<ForgedDocument> documents) {
        final ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(queueHead);
        documents.forEach(document -> file.writeBytes(document.encode(file.size())));
        file.writeBytes(new byte[Long.BYTES]);
        return file.toByteArray();
    }
}
