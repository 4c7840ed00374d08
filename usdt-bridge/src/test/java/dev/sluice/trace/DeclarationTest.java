// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static dev.sluice.trace.Field.bytes;
import static dev.sluice.trace.Field.enumeration;
import static dev.sluice.trace.Field.float32;
import static dev.sluice.trace.Field.float64;
import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.target.LocalSession;
import dev.sluice.target.LocalTarget;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tracepoints declared by name: what can be looked up, what is refused, and every put of the encoder. */
class DeclarationTest {
    private final LocalTarget target = LocalTarget.start();

    private enum Side { BUY, SELL }

    private enum Color { RED, GREEN, BLUE }

    @TraceProvider("looked_up")
    interface LookedUp {
        void typed(@Name("a") long a);
    }

    @Test
    void shouldFindWhatIsDeclaredWhenLookedUp() {
        assertThat(Provider.lookup("looked_up")).isEmpty();
        assertThat(Provider.lookup(null)).isEmpty();
        final Provider provider = Provider.named("looked_up");
        final Tracepoint one = provider.tracepoint("one", int64("a"), enumeration("side", Side.class));
        Sluice.provider(LookedUp.class);
        assertThat(Provider.lookup("looked_up")).containsSame(provider);
        assertThat(Provider.all()).contains(provider).extracting(Provider::name).isSorted();
        assertThat(provider.tracepoints()).extracting(Tracepoint::qualifiedName)
            .containsExactly("looked_up:one", "looked_up:typed");
        assertThat(provider.find("one")).isSameAs(one);
        assertThat(provider.find("none")).isNull();
        assertThat(one.fields()).extracting(Field::name).containsExactly("a", "side");
        assertThat(one.fields()).extracting(Field::type).containsExactly("int64", "enum8");
        assertThat(one.fields().get(1).labels()).containsExactly("BUY", "SELL");
        assertThat(one).hasToString("looked_up:one[int64 a, enum8 side]");
    }

    @TraceProvider("with_notes")
    interface WithNotes {
        @Description("an answer was sent")
        void answered(@Name("took") @Unit("ns") @Description("since the question") long took, @Name("a") long a);
    }

    @Test
    void shouldPublishUnitsAndDescriptionsWhenTheyAreDeclared() {
        Sluice.provider(WithNotes.class);
        final Provider provider = Provider.named("with_notes");
        final Tracepoint typed = provider.find("answered");
        assertThat(typed).hasToString("with_notes:answered[int64 took (ns): since the question, int64 a]");
        assertThat(typed.description()).isEqualTo("an answer was sent");
        provider.tracepoint("named", float64("price").unit("EUR").describedAs("best price"))
            .describedAs("a trade");
        provider.load();
        assertThatThrownBy(() -> provider.tracepoint("named", float64("price").unit("USD")))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("declared already with fields=[float64"
                + " price (EUR): best price], not fields=[float64 price (USD)]");
        assertThatThrownBy(() -> string("name").unit("ns")).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("field string name cannot have unit=ns");
        final Map<String, EventSchema> published = new HashMap<>();
        SchemaCodec.decode(target.memory().region().schemaLog())
            .forEach(schema -> published.put(schema.name(), schema));
        final EventSchema answered = published.get("with_notes:answered");
        assertThat(answered.description()).isEqualTo("an answer was sent");
        assertThat(answered.fields()).containsExactly(
            new FieldSchema("took", FieldType.INT64, List.of(), "ns", "since the question"),
            new FieldSchema("a", FieldType.INT64));
        assertThat(published.get("with_notes:named").fields()).containsExactly(
            new FieldSchema("price", FieldType.FLOAT64, List.of(), "EUR", "best price"));
    }

    @Test
    void shouldGiveTheSameTracepointWhenDeclaredAgainAndRefuseOtherFields() {
        final Provider provider = Provider.named("declared_twice");
        final Tracepoint one = provider.tracepoint("t", enumeration("e", Side.class), int64("a"));
        assertThat(provider.tracepoint("t", enumeration("e", "BUY", "SELL"), int64("a"))).isSameAs(one);
        final Field[][] others = {{enumeration("e", Color.class), int64("a")}, {int64("a")},
            {int64("a"), enumeration("e", Side.class)}, {enumeration("e", Side.class), float64("a")},
            {enumeration("e", Side.class), int64("b")}};
        for (final Field[] other : others) {
            assertThatThrownBy(() -> provider.tracepoint("t", other)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("declared_twice:t").hasMessageContaining("is declared already with fields");
        }
        provider.load();
        assertThat(provider.tracepoint("t", one.fields().toArray(Field[]::new))).isSameAs(one);
        assertThat(provider.tracepoints()).containsExactly(one);
    }

    @Test
    void shouldRefuseLabelsThatTheSchemaCannotHold() {
        assertThat(enumeration("e", labels(255)).type()).isEqualTo("enum8");
        assertThat(enumeration("e", labels(256)).type()).isEqualTo("enum16");
        assertThat(enumeration("e", labels(65_535)).labels()).hasSize(65_535);
        for (final String[] wrong : new String[][] {{}, labels(65_536), {"a", null}, {"a".repeat(1025)}}) {
            assertThatThrownBy(() -> enumeration("e", wrong)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("enumeration e has");
        }
    }

    private static String[] labels(final int count) {
        return IntStream.range(0, count).mapToObj(i -> "L" + i).toArray(String[]::new);
    }

    @Test
    void shouldWriteWhatIsPutWhenEncoded() {
        final Tracepoint tracepoint = Provider.named("encoded").tracepoint("t", float32("f"), float64("d"),
            string("s"), bytes("y"), bytes("z"), enumeration("e", labels(300)));
        Provider.named("encoded").load();
        assertThat(tracepoint.event().put(1f).put((CharSequence) null).put((byte[]) null).fire()).isFalse();
        final ByteBuffer buffer = ByteBuffer.wrap(new byte[] {1, 2, 3, 4}, 1, 2);
        final float quiet = Float.intBitsToFloat(0x7FC0_1234);
        try (LocalSession session = LocalSession.enable("encoded")) {
            assertThat(tracepoint.event().put(quiet).put(1.5f).put(new StringBuilder("x"))
                .put(new byte[] {5, 6, 7}, 1, 1).put(buffer).put(299).fire()).isTrue();
            assertThat(buffer.position()).isEqualTo(1);
            assertThat(Arrays.copyOf(session.newest(32), 24)).containsExactly(0x34, 0x12, 0xC0, 0x7F, 0, 0, 0, 0, 0, 0,
                0xF8, 0x3F, 1, 0, 'x', 1, 0, 6, 2, 0, 2, 3, 0x2B, 1);
            final long before = session.tail();
            final long wrong = target.memory().refusedCount(RefusalCause.WRONG_ARGUMENTS);
            assertThat(begun(tracepoint).put(buffer).put(new byte[1], 1, 1).put(1).fire()).isTrue();
            assertThat(begun(tracepoint).put(buffer).put(buffer).fire()).isTrue();
            assertThat(begun(tracepoint).put(buffer).put(buffer).put(1).put(1).fire()).isTrue();
            assertThat(target.memory().refusedCount(RefusalCause.WRONG_ARGUMENTS)).isEqualTo(wrong + 3);
            assertThat(session.tail()).isEqualTo(before);
            assertThat(begun(tracepoint).put(buffer).put(buffer).put(Side.SELL).fire()).isTrue();
            assertThat(session.tail()).isGreaterThan(before);
            // Issue 9: null is a value of each type that has one.
            assertThat(tracepoint.event().put(1f).put(1.0).put((String) null).put((byte[]) null).put((ByteBuffer) null)
                .put((Side) null).fire()).isTrue();
            final byte[] stored = session.newest(64);
            assertThat(Arrays.copyOfRange(stored, 12, 18)).containsExactly(4, 0, 0xE2, 0x90, 0x80, 0);
            assertThat(Arrays.copyOfRange(stored, 18, 36)).startsWith(16, 0).endsWith(NullValue.bytes());
            assertThat(Arrays.copyOfRange(stored, 36, 54)).startsWith(16, 0).endsWith(NullValue.bytes());
            assertThat(Arrays.copyOfRange(stored, 54, 56)).containsExactly(0xFF, 0xFF);
        }
    }

    private static EventEncoder begun(final Tracepoint tracepoint) {
        return tracepoint.event().put(1f).put(1.0).put("text");
    }

    @Test
    void shouldRefuseAConstantThatTheFieldHasNoLabelFor() {
        final Tracepoint tracepoint = Provider.named("labelled").tracepoint("t", enumeration("e", Side.class));
        Provider.named("labelled").load();
        try (LocalSession session = LocalSession.enable("labelled")) {
            assertThat(tracepoint.event().put(Color.GREEN).fire()).isTrue();
            final long before = session.tail();
            final long wrong = target.memory().refusedCount(RefusalCause.WRONG_ARGUMENTS);
            assertThat(tracepoint.event().put(Color.BLUE).fire()).isTrue();
            assertThat(session.tail()).isEqualTo(before);
            assertThat(target.memory().refusedCount(RefusalCause.WRONG_ARGUMENTS)).isEqualTo(wrong + 1);
        }
    }
}
