// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static dev.sluice.trace.Field.bool;
import static dev.sluice.trace.Field.enumeration;
import static dev.sluice.trace.Field.float64;
import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.int8;
import static dev.sluice.trace.Field.string;
import static dev.sluice.trace.Field.uint16;
import static dev.sluice.trace.Field.uint64;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.where.KeyHash;
import dev.sluice.target.LocalSession;
import dev.sluice.testsupport.Seed;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Which events a session's filter lets through, on every way to fire one. Each test has a thread, and so a ring, of its
 * own: nobody drains it.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FilterTest {
    private static final int ROUNDS = 400;
    private static final String[] TEXTS = {"ACME", "", "ACMF", "grüße", "日本", "\uD83D\uDE00x", "\uFFFDx", null};

    private enum Side { BUY, SELL }

    @TraceProvider("filter_all")
    private interface AllTypes {
        boolean all(byte i8, short i16, int i32, long i64, @Unsigned byte u8, @Unsigned short u16, @Unsigned int u32,
                    @Unsigned long u64, float f, double d, boolean b, Side e, byte[] y, ByteBuffer z, String s,
                    CharSequence c, int last);
    }

    @TraceProvider("filter_late")
    private interface Late {
        boolean placed(long id, double price);

        boolean other(int id);
    }

    @TraceProvider("filter_words")
    private interface Words {
        boolean two(long a, long b);

        boolean text(CharSequence text);
    }

    /** The values of one event. */
    private record Event(int i, long i64, double d, boolean b, Side e, String s, String c) {
        static Event random(final Random random) {
            // Mostly near the values that the conditions name: each of them is to be true of some events.
            return new Event(random.nextInt(4) == 0 ? random.nextInt(600) - 300 : random.nextInt(24) - 8,
                random.nextInt(4) == 0 ? random.nextLong()
                : random.nextInt(5) - 2, random.nextInt(9) == 0 ? Double.NaN : random.nextInt(7) / 2.0,
                random.nextBoolean(), random.nextInt(3) == 0 ? null : Side.values()[random.nextInt(2)],
                TEXTS[random.nextInt(TEXTS.length)], TEXTS[random.nextInt(TEXTS.length)]);
        }

        boolean fire(final AllTypes typed) {
            return typed.all((byte) i, (short) i, i, i64, (byte) i, (short) i, i, i64, (float) d, d, b, e,
                new byte[i & 3], null, s, c == null ? null : new StringBuilder(c), i);
        }

        boolean put(final Tracepoint tracepoint) {
            return tracepoint.event().put((long) i).put((long) i).put((long) i).put(i64).put((long) i).put((long) i)
                .put((long) i).put(i64).put((float) d).put(d).put(b).put(e).put(new byte[i & 3])
                .put((ByteBuffer) null).put(s).put(c).put((long) i).fire();
        }
    }

    /** A condition, and what it means. */
    private record Case(String condition, Predicate<Event> truth) {
    }

    private static int compare(final String one, final String other) {
        final int[] a = one.codePoints().toArray();
        final int[] b = other.codePoints().toArray();
        return Arrays.compare(a, b);
    }

    private static List<Case> cases() {
        final List<Case> cases = new ArrayList<>();
        cases.add(new Case("i8 == 5", e -> (byte) e.i == 5));
        cases.add(new Case("i16 >= 0x10", e -> e.i >= 16));
        cases.add(new Case("i32 != -7 && i32 < 2.5", e -> e.i != -7 && e.i < 2.5));
        cases.add(new Case("i64 > 1", e -> e.i64 > 1));
        cases.add(new Case("i64 <= 9223372036854775807", e -> true));
        cases.add(new Case("u8 > 200", e -> (e.i & 0xFF) > 200));
        cases.add(new Case("u16 < 300", e -> (e.i & 0xFFFF) < 300));
        cases.add(new Case("u32 >= 2147483648", e -> e.i < 0));
        cases.add(new Case("u64 > 9223372036854775807", e -> e.i64 < 0));
        cases.add(new Case("u64 != 18446744073709551615", e -> e.i64 != -1));
        cases.add(new Case("!(u64 < 3)", e -> Long.compareUnsigned(e.i64, 3) >= 0));
        cases.add(new Case("f < 1.5", e -> (float) e.d < 1.5f));
        cases.add(new Case("d >= 1.5", e -> e.d >= 1.5));
        cases.add(new Case("d != 2", e -> e.d != 2));
        cases.add(new Case("!(d < 2)", e -> !(e.d < 2)));
        cases.add(new Case("d == NaN", e -> Double.isNaN(e.d)));
        cases.add(new Case("d < Infinity", e -> !Double.isNaN(e.d)));
        cases.add(new Case("b", e -> e.b));
        cases.add(new Case("!b || i8 == 3", e -> !e.b || (byte) e.i == 3));
        cases.add(new Case("e == \"SELL\"", e -> e.e == Side.SELL));
        cases.add(new Case("e != \"SELL\"", e -> e.e == Side.BUY));
        cases.add(new Case("!(e == 'SELL')", e -> e.e == Side.BUY));
        cases.add(new Case("e == null", e -> e.e == null));
        cases.add(new Case("s == \"ACME\"", e -> "ACME".equals(e.s)));
        cases.add(new Case("s != \"ACME\"", e -> e.s != null && !"ACME".equals(e.s)));
        cases.add(new Case("c == '日本'", e -> "日本".equals(e.c)));
        cases.add(new Case("s > \"ACME\"", e -> e.s != null && compare(e.s, "ACME") > 0));
        cases.add(new Case("s <= \"\uFFFDx\"", e -> e.s != null && compare(e.s, "\uFFFDx") <= 0));
        cases.add(new Case("c == null || s == null", e -> e.c == null || e.s == null));
        cases.add(new Case("!(s < 'b' && c != null)", e -> e.s != null && compare(e.s, "b") >= 0 || e.c == null));
        cases.add(new Case("(i8 > 0 || d > 1) && (b || c == 'ACME') && last != 4",
            e -> ((byte) e.i > 0 || e.d > 1) && (e.b || "ACME".equals(e.c)) && e.i != 4));
        return cases;
    }

    @Test
    void shouldFireWhatTheFilterWantsWhenFiredTypedAndFieldByField() {
        final long seed = Seed.draw("FilterTest");
        final Random random = new Random(seed);
        final AllTypes typed = Sluice.provider(AllTypes.class);
        final Tracepoint tracepoint = Provider.named("filter_all").find("all");
        try (LocalSession session = LocalSession.enable("filter_all")) {
            for (final Case one : cases()) {
                assertThat(session.select("filter_all:all[" + one.condition + "]").result()).as(one.condition)
                    .isEqualTo(Command.Result.OK);
                int passed = 0;
                for (int i = 0; i < ROUNDS; i++) {
                    final Event event = Event.random(random);
                    final boolean isWanted = one.truth.test(event);
                    final long before = session.tail();
                    assertThat(event.fire(typed)).as("seed=%d %s: %s", seed, one.condition, event)
                        .isEqualTo(isWanted);
                    // A full ring discards some of those that are wanted.
                    assertThat(isWanted || session.tail() == before).as("written: %s", event).isTrue();
                    assertThat(event.put(tracepoint)).as("seed=%d put, %s: %s", seed, one.condition, event)
                        .isEqualTo(isWanted);
                    passed += isWanted ? 1 : 0;
                }
                assertThat(passed).as(one.condition).isPositive();
            }
        }
    }

    @Test
    void shouldFireWhatTheFilterWantsWhenFiredByName() {
        final Provider provider = Provider.named("filter_named");
        final Tracepoint integers = provider.tracepoint("integers", int8("a"), uint16("b"), uint64("c"), bool("d"),
            enumeration("e", "BUY", "SELL"));
        final Tracepoint words = provider.tracepoint("words", int64("a"), int64("b"));
        final Tracepoint texts = provider.tracepoint("texts", string("s"), int64("a"));
        final Tracepoint mixed = provider.tracepoint("mixed", float64("d"), string("s"));
        provider.load();
        try (LocalSession session = LocalSession.enable("filter_named:integers[a == 1 && b == 2 && c >"
            + " 9223372036854775807 && d && e == 'SELL']",
            "filter_named:words[b > 100]", "filter_named:texts[s == 'x' && a != 3]",
            "filter_named:mixed[d > 1 && s > 'a']")) {
            // Only what a field holds of a value counts.
            assertThat(integers.fire(0x101, 0x1_0002, -1, 3, 0x101)).isTrue();
            assertThat(integers.fire(0x102, 0x1_0002, -1, 3, 1)).isFalse();
            assertThat(integers.fire(1, 2, 1, 1, 1)).isFalse();
            assertThat(integers.fire(1, 2, -1, 0x100, 1)).isFalse();
            assertThat(integers.fire(1, 2, -1, 1, 0)).isFalse();
            assertThat(words.fire(1000, 100)).isFalse();
            final long tail = session.tail();
            assertThat(words.fire(1000, 101)).isTrue();
            assertThat(session.tail()).isEqualTo(tail + 24);
            assertThat(words.event().put(1000).put(100).fire()).isFalse();
            assertThat(texts.fire("x", 4)).isTrue();
            assertThat(texts.fire("x", 3)).isFalse();
            assertThat(texts.fire(null, 4)).isFalse();
            assertThat(mixed.event().put(1.5).put("b").fire()).isTrue();
            assertThat(mixed.event().put(1.5).put((String) null).fire()).isFalse();
            assertThat(mixed.event().put(1.0).put("b").fire()).isFalse();
            assertThat(session.tail()).isGreaterThan(tail + 24);
        }
    }

    @Test
    void shouldHoldForWhatIsDeclaredLaterAndForWhatIsAskedForNext() {
        try (LocalSession session = LocalSession.enable("filter_late:*[id > 10]")) {
            final Late late = Sluice.provider(Late.class);
            assertThat(late.placed(10, 1)).isFalse();
            assertThat(late.placed(11, 1)).isTrue();
            assertThat(late.other(10)).isFalse();
            assertThat(late.other(11)).isTrue();
            assertThat(session.select("filter_late:placed[price < 5]").count()).isEqualTo(1);
            assertThat(late.placed(1, 4)).isTrue();
            assertThat(late.placed(11, 5)).isFalse();
            assertThat(late.other(11)).isFalse();
            assertThat(session.select("filter_late:*").count()).isEqualTo(2);
            assertThat(late.placed(1, 5)).isTrue();
            assertThat(late.other(1)).isTrue();
            assertThat(session.select("filter_late:placed[id == 1]", "filter_late:placed[price == 2]").count())
                .isEqualTo(1);
            assertThat(late.placed(1, 5)).isTrue();
            assertThat(late.placed(2, 2)).isTrue();
            assertThat(late.placed(2, 5)).isFalse();
        }
        final Late late = Sluice.provider(Late.class);
        assertThat(late.placed(1, 2)).isFalse();
        // Another session has its own selection alone.
        try (LocalSession session = LocalSession.enable("filter_late")) {
            assertThat(session.tail()).isNotNegative();
            assertThat(late.placed(7, 7)).isTrue();
        }
    }

    @Test
    void shouldChangeNothingWhenAFilterFitsNothing() {
        final Words words = Sluice.provider(Words.class);
        try (LocalSession session = LocalSession.enable("filter_words:two[a == 1]")) {
            assertThat(session.check("filter_words:two[c > 1]").result()).isEqualTo(Command.Result.FAILED);
            assertThat(session.check("filter_words:two[a >]").result()).isEqualTo(Command.Result.FAILED);
            final Command.Answer checked = session.check("filter_words:two[a == 2]", "filter_words:text");
            assertThat(checked.result()).isEqualTo(Command.Result.OK);
            assertThat(checked.count()).isEqualTo(2);
            final Command.Answer answer = session.select("filter_words:two[c > 1]");
            assertThat(answer.result()).isEqualTo(Command.Result.FAILED);
            assertThat(answer.message()).contains("'filter_words:two[c > 1]'", "has a field 'c'", "there are a, b")
                .doesNotContain("\n");
            assertThat(session.select("filter_words:two[a >]").message()).contains("column 21");
            assertThat(words.two(1, 2)).isTrue();
            assertThat(words.two(2, 1)).isFalse();
        }
    }

    @Test
    void shouldCountTheEventWhenAFilterCannotReadItsText() {
        final Words words = Sluice.provider(Words.class);
        try (LocalSession session = LocalSession.enable("filter_words:text[text == 'x']")) {
            final long before = session.target().memory().refusedCount(RefusalCause.INTERNAL);
            assertThat(words.text(new Unreadable())).isTrue();
            assertThat(session.target().memory().refusedCount(RefusalCause.INTERNAL)).isEqualTo(before + 1);
            assertThat(words.text("x")).isTrue();
            assertThat(words.text("y")).isFalse();
        }
    }

    /** A text of the application whose code fails. */
    private static final class Unreadable implements CharSequence {
        @Override
        public int length() {
            return 1;
        }

        @Override
        public char charAt(final int index) {
            return 'x';
        }

        @Override
        public CharSequence subSequence(final int start, final int end) {
            return this;
        }

        @Override
        public String toString() {
            throw new IllegalStateException("unreadable");
        }
    }

    @Test
    void shouldKeepOneOfSoManyByEventAndAllOrNothingByKey() {
        final Words words = Sluice.provider(Words.class);
        final Provider provider = Provider.named("filter_keys");
        final Tracepoint keyed = provider.tracepoint("keyed", string("key"), int64("n"));
        provider.load();
        try (LocalSession session = LocalSession.enable("filter_words:two 1/10", "filter_keys:keyed 1/4:key")) {
            int kept = 0;
            for (int i = 0; i < 100_000; i++) {
                kept += words.two(i, 0) ? 1 : 0;
            }
            // Each event by chance: 16 standard deviations around the mean.
            assertThat(kept).isBetween(8_500, 11_500);
            for (int i = 0; i < 1000; i++) {
                final String key = "kü" + i;
                final boolean isKept = Long.compareUnsigned(KeyHash.of(key), KeyHash.threshold(4)) < 0;
                assertThat(keyed.fire(key, i)).isEqualTo(isKept);
                assertThat(keyed.event().put(key).put(i + 1).fire()).isEqualTo(isKept);
            }
            assertThat(session.select("filter_words:two[a >= 0] 1/3:b").result()).isEqualTo(Command.Result.OK);
            for (int i = 0; i < 1000; i++) {
                assertThat(words.two(i - 500, i)).isEqualTo(
                    i >= 500 && Long.compareUnsigned(KeyHash.of(i), KeyHash.threshold(3)) < 0);
            }
        }
    }
}
