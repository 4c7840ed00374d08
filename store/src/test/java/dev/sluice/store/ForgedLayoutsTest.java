// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.clock.TickerState;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.format.DocumentCodec;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.PaceInfo;
import dev.sluice.store.format.ProgressInfo;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.testsupport.OneJdk;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The forger knows every kind of document and every value of it: a new one that it does not know fails here. */
@OneJdk
class ForgedLayoutsTest {
    private final TargetId id = new TargetId(new UUID(3, 4));
    private final List<ForgedDocument> sound = new ForgedTrace(id).sound();

    private ForgedDocument first(final DocumentKind kind) {
        return sound.stream().filter(document -> document.kind() == kind).findFirst().orElseThrow();
    }

    /** What a document is decoded to, and what that is encoded to again. */
    private static byte[] coded(final DocumentKind kind, final byte[] payload) {
        return switch (kind) {
            case TRACE -> DocumentCodec.encode(DocumentCodec.decodeTrace("", payload));
            case TARGET -> DocumentCodec.encode(DocumentCodec.decodeTarget(payload));
            case CLOCK -> DocumentCodec.encode(DocumentCodec.decodeClock(payload));
            case TICKER -> DocumentCodec.encode(DocumentCodec.decodeTicker(payload));
            case THREAD -> DocumentCodec.encode(DocumentCodec.decodeThread(payload));
            case LOSS -> DocumentCodec.encode(DocumentCodec.decodeLoss(payload));
            case STALL -> DocumentCodec.encode(DocumentCodec.decodeStall(payload));
            case PACE -> DocumentCodec.encode(DocumentCodec.decodePace(payload));
            case SELECTION -> DocumentCodec.encode(DocumentCodec.decodeSelection(payload));
            case END -> DocumentCodec.encode(DocumentCodec.decodeEnd(payload));
            case PROGRESS -> DocumentCodec.encode(DocumentCodec.decodeProgress(payload));
            case ERROR -> DocumentCodec.encode(DocumentCodec.decodeError(payload));
            case SCHEMA -> SchemaCodec.encode(SchemaCodec.decode(payload).get(0));
            case PACKET -> payload;
        };
    }

    @Test
    void shouldBeEveryKindInTheSoundTraceAsItsCodecHasIt() {
        for (final DocumentKind kind : DocumentKind.values()) {
            final byte[] payload = first(kind).payload();
            assertThat(coded(kind, payload)).as(kind.toString()).isEqualTo(payload);
        }
    }

    @Test
    void shouldKnowEveryComponentOfEveryRecord() {
        final Map<DocumentKind, List<Class<?>>> records = new EnumMap<>(DocumentKind.class);
        records.put(DocumentKind.TRACE, List.of(TraceInfo.class));
        records.put(DocumentKind.TARGET, List.of(TargetInfo.class));
        records.put(DocumentKind.CLOCK, List.of(ClockTriple.class));
        records.put(DocumentKind.TICKER, List.of(TickerState.class));
        records.put(DocumentKind.THREAD, List.of(ThreadInfo.class));
        records.put(DocumentKind.LOSS, List.of(LossInfo.class));
        records.put(DocumentKind.STALL, List.of(StallInfo.class));
        records.put(DocumentKind.PACE, List.of(PaceInfo.class));
        records.put(DocumentKind.END, List.of(EndInfo.class, RingAccount.class));
        records.put(DocumentKind.PROGRESS, List.of(ProgressInfo.class, ProgressInfo.OfStream.class));
        records.put(DocumentKind.SELECTION, List.of(TargetInfo.Selection.class));
        records.put(DocumentKind.ERROR, List.of(DistinctError.class));
        records.forEach((kind, classes) -> {
            for (final Class<?> type : classes) {
                final String prefix = type == RingAccount.class ? "rings."
                    : type == ProgressInfo.OfStream.class ? "streams." : "";
                assertThat(first(kind).names()).as(kind.toString()).contains(
                    components(type).map(prefix::concat).toArray(String[]::new));
            }
        });
        // Schemas and packets are held against their codec and their descriptor below.
        assertThat(records).hasSize(DocumentKind.values().length - 2);
    }

    /** A key is a record inside a record. */
    private static Stream<String> components(final Class<?> type) {
        return Arrays.stream(type.getRecordComponents()).flatMap(component -> component.getType() != StreamKey.class
            ? Stream.of(component.getName())
            : components(StreamKey.class).map(name -> component.getName() + '.' + name));
    }

    private static int offset(final ForgedDocument document, final String name) {
        int offset = 0;
        for (int i = 0; !document.names().get(i).equals(name); i++) {
            offset += document.width(i) > 0 ? document.width(i) : TargetId.LENGTH;
        }
        return offset;
    }

    @Test
    void shouldKnowEveryWordOfAPacketsHeaderAtItsOffset() throws IllegalAccessException {
        final ForgedDocument packet = first(DocumentKind.PACKET);
        int words = 0;
        for (final Field field : PacketHeaderDescriptor.class.getFields()) {
            if (field.getName().endsWith("_OFFSET")) {
                final String name = field.getName().substring(0, field.getName().length() - "_OFFSET".length());
                assertThat(packet.names()).contains(name);
                assertThat(offset(packet, name)).as(name).isEqualTo(field.getInt(null));
                words++;
            }
        }
        assertThat(offset(packet, "event0.header")).isEqualTo(PacketHeaderDescriptor.LENGTH);
        assertThat(packet.names().indexOf("event0.header")).isEqualTo(words);
    }

    @Test
    void shouldKnowEveryWordOfADocumentsHead() {
        final List<String> words = Stream.concat(Stream.of("QUEUE_WORD"), Arrays.stream(
            DocumentDescriptor.class.getFields()).map(Field::getName).filter(name -> name.endsWith("_OFFSET")
            && !name.equals("PAYLOAD_OFFSET")).map(name -> name.replace("_OFFSET", ""))).toList();
        assertThat(Arrays.stream(ForgedDocument.Head.values()).map(Enum::name)).containsExactlyElementsOf(words);
    }

    @Test
    void shouldHaveAFieldOfEveryType() {
        assertThat(first(DocumentKind.PACKET).names())
            .contains(Arrays.stream(FieldType.values()).map(Enum::name).toArray(String[]::new));
        assertThat(SchemaCodec.decode(first(DocumentKind.SCHEMA).payload()).get(0).fields())
            .extracting(field -> field.type().name().toLowerCase(Locale.ROOT)).hasSize(FieldType.values().length);
    }

    @Test
    void shouldUseCodesThatAreKnown() {
        assertThat(RefusalCause.values()).anyMatch(cause -> cause.storedCode() == 2)
            .anyMatch(cause -> cause.storedCode() == 4);
    }
}
