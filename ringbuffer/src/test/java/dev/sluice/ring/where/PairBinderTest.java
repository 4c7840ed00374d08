// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.where.PairBinder.Point;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which tracepoints a selection makes begins and ends of, and what is said where it cannot. */
class PairBinderTest {
    private static final List<FieldSchema> QUERY = List.of(new FieldSchema("id", FieldType.INT32),
        new FieldSchema("sql", FieldType.STRING), new FieldSchema("raw", FieldType.BYTES));
    private static final List<FieldSchema> RESULT =
        List.of(new FieldSchema("rows", FieldType.INT64), new FieldSchema("query", FieldType.INT64),
            new FieldSchema("took", FieldType.FLOAT64), new FieldSchema("text", FieldType.STRING));
    private static final List<Point> POINTS = List.of(new Point("db:query_begin", QUERY),
        new Point("db:query_end", RESULT), new Point("db:commit", RESULT), new Point("web:start", List.of()),
        new Point("web:done", List.of()));

    private static PairBinder bind(final List<Point> points, final String... choices) {
        return new PairBinder(List.of(choices).stream().map(EventChoice::of).toList(), points);
    }

    /** What each tracepoint is: its index, "b" or "e", least time in ns, fields of keys. */
    private static List<String> roles(final String... choices) {
        final PairBinder binder = bind(POINTS, choices);
        binder.requirePairs();
        final List<String> roles = new ArrayList<>();
        for (int i = 0; i < POINTS.size(); i++) {
            final PairBinder.Role role = binder.roles().get(i);
            if (role != null) {
                roles.add(i + (role.isBegin() ? "b" : "e") + role.leastNs() + role.keys());
            }
        }
        return roles;
    }

    @Test
    void shouldFindPairsByNamesOrAsTheyAreNamed() {
        assertThat(roles("*:* >=5us")).containsExactly("0b5000[]", "1e5000[]", "3b5000[]", "4e5000[]");
        assertThat(roles("db:* >=5us")).containsExactly("0b5000[]", "1e5000[]");
        assertThat(roles("*:* >=5us{db:query_begin,db:query_end,id=query,thread}"))
            .containsExactly("0b5000[0]", "1e5000[1]");
        assertThat(roles("*:* >=5us{db:*_begin,db:c*,db:query_begin.sql=text,thread}"))
            .containsExactly("0b5000[1]", "2e5000[3]");
        assertThat(roles("*:* >=5us{web:start,web:done,thread}")).containsExactly("3b5000[]", "4e5000[]");
        // The least duration counts, and one choice that wants all events.
        assertThat(roles("db:* >=5us", "*:*_begin >=3us")).containsExactly("0b3000[]", "1e3000[]");
        assertThat(roles("web >=5us", "db:*")).containsExactly("3b5000[]", "4e5000[]");
        assertThat(roles("*:*")).isEmpty();
        assertThat(bind(POINTS, "*:* >=5us", "db:query_end").roles().get(0)).isNull();
    }

    private static void assertRefuses(final List<Point> points, final String choice, final String... parts) {
        assertThatThrownBy(() -> bind(points, choice).requirePairs()).as(choice)
            .isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll(parts)
            .hasMessageNotContaining("\n");
        assertThat(bind(points, choice).roles()).as(choice).containsOnlyNulls();
    }

    @Test
    void shouldSayWhyNothingCanBeHeldBack() {
        assertRefuses(POINTS, "db:c* >=1ms", "no two of the events that are selected are a pair by their names",
            "there are db:commit", "--pair BEGIN,END");
        assertRefuses(POINTS, "*:* >=1ms{db:query_begin,db:query_end,id=query}", "may be fired by two threads",
            "write 'db:query_begin,db:query_end,id=query,thread'");
        assertRefuses(POINTS, "*:* >=1ms{db:query_begin,db:nothing}", "no event that is selected fits 'db:nothing'");
        assertRefuses(POINTS, "db:*_begin >=1ms{db:query_begin,db:query_end}", "fits 'db:query_end'",
            "there are db:query_begin");
        assertRefuses(POINTS, "*:* >=1ms{a:b,c:d}", "no event that is selected belongs to a pair");
        assertRefuses(POINTS, "*:* >=1ms{db:query_begin,db:query_end,ident=query,thread}",
            "'db:query_begin' has no field 'ident'; there are id, raw, sql");
        assertRefuses(POINTS, "*:* >=1ms{db:query_begin,db:query_end,id=text,thread}", "different types");
        assertRefuses(POINTS, "*:* >=1ms{db:*,db:query_end}", "'db:query_end' both begins and ends it");
        assertRefuses(List.of(new Point("a:x_begin", List.of()), new Point("a:x_start", List.of()),
            new Point("a:x_end", List.of())), "*:* >=1ms", "shares an event with another pair");
        assertThatThrownBy(() -> bind(POINTS, "*:* >=1ms{db:query_begin,db:query_end}{db:query_begin,db:commit}")
            .requirePairs()).hasMessageContaining("belongs to 'db:query_begin,db:query_end' too");
        // What is not declared yet is no reason.
        bind(List.of(), "*:* >=1ms").requirePairs();
        bind(POINTS, "later:* >=1ms{later:a,later:b}").requirePairs();
    }
}
