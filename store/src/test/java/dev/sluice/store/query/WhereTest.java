// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.memory.Memory;
import dev.sluice.store.text.ValueText;
import dev.sluice.testsupport.OneJdk;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@OneJdk
class WhereTest {
    private static final EventSchema ORDER = new EventSchema(1, "shop", "order", List.of(
        new FieldSchema("symbol", FieldType.STRING), new FieldSchema("price", FieldType.FLOAT64),
        new FieldSchema("size", FieldType.INT32), new FieldSchema("id", FieldType.UINT64),
        new FieldSchema("side", FieldType.ENUM8, List.of("BUY", "SELL")), new FieldSchema("open", FieldType.BOOL),
        new FieldSchema("rate", FieldType.FLOAT32), new FieldSchema("odd name", FieldType.INT64),
        new FieldSchema("raw", FieldType.BYTES), new FieldSchema("least", FieldType.INT8),
        new FieldSchema("floor", FieldType.FLOAT64)));
    private static final EventSchema OTHER =
        new EventSchema(2, "shop", "other", List.of(new FieldSchema("size", FieldType.STRING)));

    private final ByteBuffer memory = BufferUtil.allocateDirectAligned(256, 8);
    private long address = BufferUtil.address(memory);

    private void text(final byte[] bytes) {
        Memory.putShort(address, (short) bytes.length);
        Memory.putBytes(address + Short.BYTES, bytes, 0, bytes.length);
        address += Short.BYTES + bytes.length;
    }

    /** One order, as it lies in a packet. */
    private long order() {
        final long begin = address;
        text("ACME".getBytes(StandardCharsets.UTF_8));
        Memory.putLong(address, Double.doubleToRawLongBits(100.25));
        Memory.putInt(address + 8, -7);
        Memory.putLong(address + 12, -1);
        Memory.putByte(address + 20, (byte) 1);
        Memory.putByte(address + 21, (byte) 1);
        Memory.putInt(address + 22, Float.floatToRawIntBits(0.1f));
        Memory.putLong(address + 26, 10_000_000);
        address += 34;
        text(NullValue.bytes());
        Memory.putByte(address, (byte) -128);
        Memory.putLong(address + 1, Double.doubleToRawLongBits(Double.NaN));
        return begin;
    }

    private boolean selects(final String condition) {
        final EventLayout layout = new EventLayout(ORDER);
        final Map<EventLayout, EventFilter> filters = Selection.ALL.where(condition).filters(List.of(layout));
        return filters.containsKey(layout) && filters.get(layout).selects(order());
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '^', delimiter = ';', value = {
        "price > 100 && symbol == \"ACME\"; true",
        "price > 100 && symbol == 'ACM'; false",
        "size > 0 || size < -6 && open; true",
        "(size > 0 || size < -6) && !open; false",
        "size > 0 && open || open; true",
        "size > 0 && (open || open); false",
        "!(size > 0) && open == true; true",
        "!!open; true",
        "100 < price; true",
        "100.25 == price; true",
        "price >= 100.25; true",
        "price < 1_000; true",
        "size == -7; true",
        "size == -7.0; true",
        "size == -6.5; false",
        "size != -6.5; true",
        "size > -7.5; true",
        "size >= -6.5; false",
        "size < 1e300; true",
        "size > -Infinity; true",
        "size == NaN; false",
        "size != NaN; true",
        "id == 18446744073709551615; true",
        "id == 0xFFFF_FFFF_FFFF_FFFF; true",
        "id > 9223372036854775807; true",
        "id < 0; false",
        "id >= 0; true",
        "id > 18446744073709551615; false",
        "id != -1; true",
        "least == -128; true",
        "least < -128; false",
        "side == \"SELL\"; true",
        "side != \"SELL\"; false",
        "side =~ \"S*\"; true",
        "side !~ \"S*\"; false",
        "side == null; false",
        "rate == 0.1; true",
        "rate > 0.1; false",
        "`odd name` == 10ms; true",
        "`odd name` >= 0.01s; true",
        "symbol =~ \"A?M*\"; true",
        "symbol =~ \"a*\"; false",
        "symbol !~ \"B*\"; true",
        "symbol < \"ACMF\" && symbol > \"ACM\"; true",
        "symbol == \"\\u0041CME\"; true",
        "raw == null; true",
        "raw != null; false",
        "raw == 0xcafe; false",
        "!(raw == 0xcafe); false",
        "raw != 0xcafe; false",
        "raw == 0xcafe || open; true",
        "raw == 0xcafe && open; false",
        "floor == NaN; true",
        "floor != NaN; false",
        "floor > 1; false",
        "floor <= 1; false",
        "floor != 1; true",
        "id > price; true",
        "size < least; false",
        "size > least; true",
        "price == price; true",
        "floor == floor; false",
        "floor != size; true",
        "symbol == symbol && open == open; true",
        "raw == raw; false"})
    void shouldSelectByValueWhenConditionIsMet(final String condition, final boolean expected) {
        assertThat(selects(condition)).as(condition).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '^', delimiter = ';', value = {
        "^^; 1; the condition is empty",
        "price >; 8; a field or a value is missing before the end",
        "price = 100; 7; write == to compare",
        "price > 100 & open; 13; write && for both",
        "price > 100 and open; 13; write && for both",
        "price > 100); 12; there is no ( for it",
        "(price > 100; 13; a ) is missing before the end, for the ( in column 1",
        "1 < size < 3; 10; compare two at a time",
        "1 < 3; 1; neither side of < is a field",
        "!size > 3; 1; Write !(...)",
        "symbol == \"ACME; 11; has no end",
        "symbol == \"\\x\"; 13; is no escape",
        "size == 12abc; 9; is no number",
        "size == 1e9999; 9; is no number",
        "size # 1; 6; '#' means nothing here",
        "\"A*\" =~ symbol; 6; the field stands before =~",
        "price; 1; only a bool stands by itself",
        "prize > 100; 1; no event that is selected has a field 'prize'; there are floor, id, least, odd name, open",
        "size == \"x\"; 9; size of shop:order is of type int32: compare it with a number",
        "symbol == 1; 11; compare it with a text in quotes",
        "side == \"BYU\"; 9; has no label 'BYU', only [BUY, SELL]",
        "side > \"BUY\"; 6; by == or != alone",
        "open == 1; 9; true or false",
        "open < true; 6; by == or != alone",
        "raw == 0xabc; 8; bytes as print shows them",
        "raw == 0; 8; bytes as print shows them",
        "size == 0x; 9; size of shop:order is of type int32: compare it with a number",
        "price == 0x; 10; compare it with a number",
        "symbol == 0x; 11; compare it with a text in quotes",
        "symbol =~ size; 8; stands a pattern in quotes",
        "size =~ \"1*\"; 9; only texts and labels fit patterns",
        "symbol == size; 8; these two cannot be compared",
        "price < null; 7; null is compared by == or != alone"})
    void shouldNameColumnAndRemedyWhenConditionIsWrong(final String condition, final int column,
        final String message) {
        assertThatThrownBy(() -> selects(condition)).as(condition)
            .isInstanceOfSatisfying(SelectionException.class, e -> assertThat(e.column()).isEqualTo(column))
            .hasMessageStartingWith("column " + column + ": ").hasMessageContaining(message);
    }

    /** An order whose bytes are not null. */
    private boolean selects(final String condition, final byte[] raw) {
        final EventSchema schema =
            new EventSchema(1, "p", "e", List.of(new FieldSchema("raw", FieldType.BYTES)));
        final ByteBuffer own = BufferUtil.allocateDirectAligned(Short.BYTES + raw.length, 8);
        address = BufferUtil.address(own);
        text(raw);
        final EventLayout layout = new EventLayout(schema);
        final Map<EventLayout, EventFilter> filters = Selection.ALL.where(condition).filters(List.of(layout));
        return filters.containsKey(layout) && filters.get(layout).selects(BufferUtil.address(own));
    }

    @Test
    void shouldTakeEveryByteSequenceAsPrintShowsIt() {
        for (final int length : List.of(0, 1, 16, 198, 199, 200, 201, 1000, 60_000)) {
            final byte[] raw = new byte[length];
            for (int i = 0; i < length; i++) {
                raw[i] = (byte) (i * 7 - 3);
            }
            final StringBuilder shown = new StringBuilder();
            new ValueText(shown, false).bytes(raw);
            assertThat(selects("raw == " + shown, raw)).as("%d bytes", length).isTrue();
            assertThat(selects("(raw != " + shown + ")", raw)).as("%d bytes", length).isFalse();
            assertThat(selects("raw > 0x", raw)).as("%d bytes", length).isEqualTo(length > 0);
        }
    }

    @Test
    void shouldEndInAnErrorAndNotInTheStackWhenConditionIsHuge() {
        final String deep = "(".repeat(100_000) + "open" + ")".repeat(100_000);
        assertThatThrownBy(() -> Where.parse(deep)).hasMessageContaining("more than 200 parts");
        assertThatThrownBy(() -> Where.parse("!".repeat(100_000) + "open")).hasMessageContaining("200 parts");
        final List<String> many = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            many.add("size == " + i);
        }
        assertThat(selects(String.join(" || ", many))).isFalse();
        assertThat(selects(String.join(" || ", many) + " || size == -7")).isTrue();
    }

    @Test
    void shouldSelectOtherEventsAllTheSameWhenConditionFitsSomeOnly() {
        final EventLayout order = new EventLayout(ORDER);
        final EventLayout other = new EventLayout(OTHER);
        final List<EventLayout> both = List.of(order, other);
        assertThat(Selection.ALL.where("size < 0").filters(both)).containsOnlyKeys(order);
        assertThat(Selection.ALL.where("size == 'x'").filters(both)).containsOnlyKeys(other);
        assertThat(Selection.ALL.where("!(price > 0)").filters(both)).containsOnlyKeys(order);
        assertThat(Selection.ALL.where("price > 0 || size == 'x'").filters(both)).containsOnlyKeys(order, other);
        assertThat(Selection.ALL.events("shop:o*r").where("size != null").filters(both)).hasSize(2);
        assertThatThrownBy(() -> Selection.ALL.events("shop:other").where("price > 0").filters(both))
            .hasMessageContaining("has a field 'price'; there are size");
        // Which of the two kinds of events comes first is all the same.
        final EventLayout begin = new EventLayout(new EventSchema(3, "p", "begin",
            List.of(new FieldSchema("e", FieldType.INT64), new FieldSchema("n", FieldType.INT64))));
        final EventLayout end =
            new EventLayout(new EventSchema(4, "p", "end", List.of(new FieldSchema("s", FieldType.INT64))));
        for (final List<EventLayout> kinds : List.of(List.of(begin, end), List.of(end, begin))) {
            assertThatThrownBy(() -> Selection.ALL.where("e > 0 && e == s").filters(kinds))
                .hasMessage("column 10: no event that is selected has both a field 'e' and a field 's'");
            assertThatThrownBy(() -> Selection.ALL.where("e == z").filters(kinds))
                .hasMessage("column 6: no event that is selected has a field 'z'; there are e, n, s");
            assertThatThrownBy(() -> Selection.ALL.where("z == e").filters(kinds))
                .hasMessage("column 1: no event that is selected has a field 'z'; there are e, n, s");
        }
        // A text was meant for the enumeration, whatever others call by its name.
        final EventLayout bool =
            new EventLayout(new EventSchema(3, "p", "flag", List.of(new FieldSchema("side", FieldType.BOOL))));
        for (final List<EventLayout> kinds : List.of(List.of(bool, order), List.of(order, bool))) {
            assertThatThrownBy(() -> Selection.ALL.where("side == 'BYU'").filters(kinds))
                .hasMessageContaining("side of shop:order is").hasMessageContaining("has no label 'BYU'");
            assertThat(Selection.ALL.where("side == 'BUY'").filters(kinds)).containsOnlyKeys(order);
        }
        assertThatThrownBy(() -> Selection.ALL.events("stop").filters(both))
            .hasMessage("no event of the trace fits 'stop'; there are shop:order, shop:other");
    }

    @Test
    void shouldReadTimesInEveryFormThatIsDocumented() {
        assertThat(TimeBound.parse("+1.5s").ns()).isEqualTo(1_500_000_000L);
        assertThat(TimeBound.parse("+1.5s").origin()).isEqualTo(TimeBound.Origin.BEGIN);
        assertThat(TimeBound.parse("-10ms").ns()).isEqualTo(10_000_000L);
        assertThat(TimeBound.parse("-10ms").origin()).isEqualTo(TimeBound.Origin.END);
        final long time = 1_767_323_045_000_000_006L;
        for (final String text : List.of("2026-01-02T03:04:05.000000006Z", "2026-01-02 03:04:05.000000006",
            "2026-01-02T05:04:05.000000006+02:00", "1767323045000000006")) {
            assertThat(TimeBound.parse(text).wallNs(0, 0)).as(text).isEqualTo(time);
        }
        assertThat(TimeBound.parse("2026-01-02").wallNs(0, 0)).isEqualTo(1_767_312_000_000_000_000L);
        final TimeBound early = TimeBound.parse("00:00:05");
        final long midnight = 1_767_312_000_000_000_000L;
        assertThat(early.wallNs(midnight - 10_000_000_000L, midnight + 10_000_000_000L))
            .isEqualTo(midnight + 5_000_000_000L);
        assertThat(early.wallNs(midnight + 1, midnight + 2)).isEqualTo(midnight + 5_000_000_000L);
        for (final String text : List.of("", "10s", "+10", "+1.5d", "2026-13-02", "25:00:00", "2026-01-02T",
            "yesterday", "Z", "999999-01-01", "9999-01-01", "+999999999999h")) {
            assertThatThrownBy(() -> TimeBound.parse(text)).as(text).isInstanceOf(SelectionException.class)
                .hasMessageContaining("'" + text + "' is no time").hasMessageContaining("+1.5s");
        }
    }
}
