// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a session's choices are read, and what is said of those that fit nothing. */
class EventChoiceTest {
    private static final List<FieldSchema> PLACED = List.of(new FieldSchema("id", FieldType.INT64),
        new FieldSchema("price", FieldType.FLOAT64), new FieldSchema("symbol", FieldType.STRING),
        new FieldSchema("side", FieldType.ENUM8, List.of("BUY", "SELL")), new FieldSchema("open", FieldType.BOOL),
        new FieldSchema("raw", FieldType.BYTES));

    private static void assertReads(final String text, final String pattern, final String condition, final int every,
        final String key) {
        final EventChoice choice = EventChoice.of(text);
        assertThat(choice.pattern()).isEqualTo(pattern);
        assertThat(choice.condition()).isEqualTo(condition);
        assertThat(choice.every()).isEqualTo(every);
        assertThat(choice.key()).isEqualTo(key);
        assertThat(EventChoice.of(choice.toString())).isEqualTo(choice).hasToString(choice.toString());
    }

    @Test
    void shouldReadPatternConditionAndSampling() {
        assertReads("orders", "orders", "", 1, "");
        assertReads("orders:pl*", "orders:pl*", "", 1, "");
        assertReads("orders:placed[price > 100]", "orders:placed", "price > 100", 1, "");
        assertReads("orders:placed[ symbol == \"a]b\" && id != 3 ] 1/100", "orders:placed",
            "symbol == \"a]b\" && id != 3", 100, "");
        assertReads("orders:placed[symbol == 'it\\'s ]'] 1/7:id", "orders:placed", "symbol == 'it\\'s ]'", 7, "id");
        assertReads("orders:placed[`odd ]name` == 1]", "orders:placed", "`odd ]name` == 1", 1, "");
        assertReads("orders:* 1/3:a name", "orders:*", "", 3, "a name");
        assertReads("orders:* 1/1", "orders:*", "", 1, "");
        assertThat(EventChoice.of("orders").selects("orders:placed")).isTrue();
        assertThat(EventChoice.of("orders:placed[id == 1]").selects("orders:matched")).isFalse();
        assertThat(EventChoice.of("orders:placed").isExact()).isTrue();
        assertThat(EventChoice.of("orders").isExact()).isFalse();
    }

    private static void assertRefuses(final String text, final String... parts) {
        assertThatThrownBy(() -> EventChoice.of(text)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContainingAll(parts).hasMessageNotContaining("\n");
    }

    @Test
    void shouldNameTheColumnWhenAChoiceCannotBeRead() {
        assertRefuses("orders:placed[price > ]", "'orders:placed[price > ]'", "column 23", "missing before the end");
        assertRefuses("orders:placed[price = 3]", "column 21", "write ==");
        assertRefuses("orders:placed[price > 3", "a ] is missing");
        assertRefuses("orders:placed[]", "the condition is empty");
        assertRefuses("[price > 3]", "the names of events are missing");
        assertRefuses("orders:placed[price > 3] 2/3", "'2/3' is no sampling", "1/100");
        assertRefuses("orders:placed 1/0", "'1/0' is no sampling");
        assertThatThrownBy(() -> EventChoice.of("a:b 1/2").sampled("1/3")).hasMessageContaining("sampled already");
    }

    @Test
    void shouldReadHowLongPairsLast() {
        final EventChoice choice = EventChoice.of("db:*[rows > 3] >=1.5ms{db:a,db:b}{db:c,db:d,id=key,thread} 1/7:id");
        assertThat(choice.leastNs()).isEqualTo(1_500_000);
        assertThat(choice.pairs()).extracting(EventPair::text)
            .containsExactly("db:a,db:b", "db:c,db:d,id=key,thread");
        assertThat(choice.condition()).isEqualTo("rows > 3");
        assertThat(choice.every()).isEqualTo(7);
        assertThat(choice.isPlain()).isFalse();
        assertThat(EventChoice.of(choice.toString())).isEqualTo(choice).hasToString(choice.toString());
        assertThat(EventChoice.of("db:* >=5ms")).hasToString("db:* >=5000000ns");
        assertThat(EventChoice.of("db:*").lasting(7, List.of()).sampled("1/3")).hasToString("db:* >=7ns 1/3");
        assertRefuses("db:* >=5", "'5' is no duration such as 500us");
        assertRefuses("db:* >=0ms", "is not between 1ns and 24h");
        assertRefuses("db:* >=25h", "is not between 1ns and 24h");
        assertRefuses("db:* >=5ms{db:a}", "are no pairs: write BEGIN,END");
        assertRefuses("db:* >=5ms{db:a,db:b", "a } is missing");
        assertRefuses("db:* >=5ms{db:a,db:b}x", "'x' is no sampling");
        assertThatThrownBy(() -> EventChoice.of("db:* >=5ms").lasting(7, List.of())).hasMessageContaining("already");
        assertThatThrownBy(() -> EventChoice.of("db:*").lasting(7, List.of(EventPair.of("a,b,c[0]"))))
            .hasMessageContaining("a bracket");
    }

    private static ChoiceBinder bound(final String... choices) {
        final ChoiceBinder binder = new ChoiceBinder(List.of(choices).stream().map(EventChoice::of).toList());
        binder.bind("orders:placed", PLACED);
        binder.bind("orders:other", List.of(new FieldSchema("price", FieldType.INT32)));
        return binder;
    }

    @Test
    void shouldSayWhichFieldsThereAreWhenAConditionFitsNothing() {
        assertMisfit("orders:placed[prise > 100]", "'orders:placed[prise > 100]'", "has a field 'prise'",
            "there are id, open, price, raw, side, symbol");
        assertMisfit("orders:*[symbol > 3]", "field 'symbol' is of type string", "a text in quotes");
        assertMisfit("orders:placed[id == \"3\"]", "field 'id' is of type int64", "compare it with a number");
        assertMisfit("orders:placed[side == \"HOLD\"]", "no label 'HOLD'", "[BUY, SELL]");
        assertMisfit("orders:placed[open > true]", "a bool is compared by == or !=");
        assertMisfit("orders:placed[price]", "only a bool stands by itself");
        assertMisfit("orders:placed[symbol =~ \"A*\"]", "a filter compares a field with a value", "--where");
        assertMisfit("orders:placed[raw == 0xcafe]", "which no filter looks at");
        assertMisfit("orders:placed 1/10:price", "field 'price' is of type float64", "no key");
        assertMisfit("orders:placed 1/10:user", "has a field 'user'");
        // One of several tracepoints is enough; and those that are not there yet are no reason.
        bound("orders:*[id > 3]", "orders:*[price > 3]", "orders:later[anything > 3]").requireFits();
    }

    private static void assertMisfit(final String choice, final String... parts) {
        assertThatThrownBy(() -> bound(choice).requireFits()).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContainingAll(parts).hasMessageNotContaining("\n");
    }

    private static EventTest test(final String... choices) {
        return new ChoiceBinder(List.of(choices).stream().map(EventChoice::of).toList()).bind("orders:placed", PLACED);
    }

    @Test
    void shouldSelectWhatAnyChoiceSelects() {
        assertThat(test("orders:other")).isEqualTo(new EventTest.Constant(false));
        assertThat(test("orders:placed[id > 3]", "orders:*")).isEqualTo(new EventTest.Constant(true));
        assertThat(test("orders:placed[id > 3]")).isEqualTo(
            new EventTest.InRange(0, new IntegerRange(false, 4, Long.MAX_VALUE, true)));
        assertThat(test("orders:placed[!(id > 3)]")).isEqualTo(
            new EventTest.InRange(0, new IntegerRange(false, 4, Long.MAX_VALUE, false)));
        assertThat(test("orders:placed[id > 1e30]")).isEqualTo(new EventTest.Constant(false));
        assertThat(test("orders:placed[nothing == 1]", "orders:placed[open]")).isEqualTo(new EventTest.Flag(4, true));
        // What is unknown of a field is not true of it, and neither is the opposite.
        assertThat(test("orders:placed[!(nothing == 1)]")).isEqualTo(new EventTest.Constant(false));
        assertThat(test("orders:placed[!(symbol < \"b\" || open)]")).isEqualTo(new EventTest.Both(
            new EventTest.Text(2, Expression.Operator.GREATER_OR_EQUAL, "b"), new EventTest.Flag(4, false)));
    }

    @Test
    void shouldKeepTheHashOfKeysForEver() {
        // MurmurHash3's fmix64, and Java's hash of texts, as docs/recording.md has them.
        assertThat(KeyHash.of(0)).isZero();
        assertThat(KeyHash.of(1)).isEqualTo(0xb456bcfc34c2cb2cL);
        assertThat(KeyHash.of("ACME")).isEqualTo(KeyHash.of((long) "ACME".hashCode()));
        assertThat(KeyHash.threshold(2)).isEqualTo(Long.MIN_VALUE);
        assertThat(KeyHash.threshold(3)).isEqualTo(0x5555555555555556L);
        int kept = 0;
        for (int i = 0; i < 100_000; i++) {
            kept += Long.compareUnsigned(KeyHash.of(i), KeyHash.threshold(100)) < 0 ? 1 : 0;
        }
        assertThat(kept).isBetween(900, 1100);
    }
}
