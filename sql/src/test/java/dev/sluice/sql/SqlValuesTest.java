// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.RandomEvents;
import dev.sluice.store.TestTraces;
import dev.sluice.store.export.ExtremeTrace;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.StoredEvent;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a query reads, compared with what the reader of traces reads. */
@OneJdk
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class SqlValuesTest {
    private static final long MEMORY_BYTES = 256L << 20;

    @TempDir
    Path temp;

    private final ExtremeTrace extreme = new ExtremeTrace();

    /** Rows of a query, each value as JDBC has it, but a BLOB as its bytes. */
    private static List<List<Object>> rows(final SqlSession session, final String query, final boolean loads)
        throws Exception {
        final List<List<Object>> rows = new ArrayList<>();
        session.run(query, loads, result -> {
            while (result.next()) {
                final List<Object> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(value(result, i));
                }
                rows.add(row);
            }
        });
        return rows;
    }

    private static Object value(final ResultSet result, final int column) throws SQLException {
        return result.getMetaData().getColumnTypeName(column).equals("BLOB") ? result.getBytes(column)
            : result.getObject(column);
    }

    /** In the form of {@link StoredEvent}: integers as long. */
    private static Object widened(final Object value) {
        return value instanceof Byte || value instanceof Short || value instanceof Integer
            ? (Object) ((Number) value).longValue() : value;
    }

    private static void assertSame(final Object found, final Object expected, final String what) {
        if (expected instanceof Number number && found instanceof Number && !(found instanceof Double)
            && !(found instanceof Float)) {
            // An unsigned one of 64 bits is a BigInteger, whatever its size.
            assertThat(found.toString()).as(what).isEqualTo(number.toString());
        } else {
            assertThat(widened(found)).as(what).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldComeBackEqualWhenValuesAreAtTheEndsOfTheirTypes(final boolean loads) throws Exception {
        final TraceReader reader = extreme.write(temp.resolve("trace"));
        try (SqlSession session = SqlSession.open(reader.events(), MEMORY_BYTES)) {
            final List<List<Object>> found =
                rows(session, "select * exclude (\"time\") from odd.\"all\"", loads);
            assertThat(found).hasSameSizeAs(extreme.rows());
            for (int i = 0; i < found.size(); i++) {
                final List<Object> head = found.get(i).subList(0, 9);
                final long ns = TestTraces.BEGIN_NS + 1_000 + i + (i == found.size() - 1 ? 1 : 0);
                assertThat(head).containsExactly(ns, ns - TestTraces.BEGIN_NS + 1_000_000, 0, 42, ExtremeTrace.TID,
                    ExtremeTrace.THREAD, 27L, null, 7);
                for (int j = 0; j < extreme.rows().get(i).size(); j++) {
                    assertSame(found.get(i).get(9 + j), extreme.rows().get(i).get(j), "event " + i + " field " + j);
                }
            }
        }
    }

    @Test
    void shouldHaveTheTypeThatTheTableOfTheDocsHas() throws Exception {
        final TraceReader reader = extreme.write(temp.resolve("trace"));
        try (SqlSession session = SqlSession.open(reader.events(), MEMORY_BYTES)) {
            assertThat(rows(session, "select column_type from (describe odd.\"all\")", false).stream()
                .map(row -> row.get(0))).containsExactly("TIMESTAMP_NS", "BIGINT", "BIGINT", "INTEGER", "INTEGER",
                "INTEGER", "VARCHAR", "BIGINT", "BIGINT", "INTEGER", "TINYINT", "SMALLINT", "INTEGER", "BIGINT",
                "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "BOOLEAN", "VARCHAR", "VARCHAR",
                "VARCHAR", "BLOB");
            assertThat(rows(session, "select epoch_ns(\"time\") = time_ns from odd.\"all\"", false))
                .containsOnly(List.of(true));
        }
    }

    @Test
    void shouldReadForeignNamesWhenTheyAreQuoted() throws Exception {
        final TraceReader reader = extreme.write(temp.resolve("trace"));
        try (SqlSession session = SqlSession.open(reader.events(), MEMORY_BYTES)) {
            final String view = (String) rows(session, "select \"view\" from tracepoints where fields = 4", false)
                .get(0).get(0);
            final String query = "select tid, \"thread\", virtual_thread_id, tid_2, x, \"X_2\", \"a,\"\"b\"\"\n\""
                + " from ";
            assertThat(rows(session, query + view, false)).hasSize(2).element(1)
                .isEqualTo(List.<Object>of(1008, "carrier", 77L, (short) 5, (short) 6, (short) 7, (short) 8));
            assertThat(rows(session, query + "\"../o/d\ufffdd:a,\"\"b\"\"\n\"", false)).hasSize(2);
        }
    }

    @Test
    void shouldReadOnlyWhatIsSelected() throws Exception {
        final TraceReader reader = extreme.write(temp.resolve("trace"));
        final Selection selection = Selection.ALL.where("UINT8 == 255");
        try (SqlSession session = SqlSession.open(reader.events().select(selection.first(3)), MEMORY_BYTES)) {
            assertThat(rows(session, "select \"UINT8\" from odd.\"all\"", true)).hasSize(3)
                .containsOnly(List.of((short) 255));
            assertThat(rows(session, "select event from tracepoints", false)).containsExactly(List.of("odd:all"));
        }
        // The first fifteen events of the trace are fourteen of one tracepoint and one of the other.
        try (SqlSession session = SqlSession.open(reader.events().first(15), MEMORY_BYTES)) {
            assertThat(rows(session, "select (select count(*) from odd.\"all\"), (select count(*) from"
                + " \"../o/d\ufffdd\".\"a,\"\"b\"\"\n\")", false)).containsExactly(List.of(14L, 1L));
        }
    }

    @Test
    void shouldEqualTheReaderWhenSchemasAreRandom() throws Exception {
        final RandomEvents random = new RandomEvents(Seed.draw("SqlValuesTest"));
        final List<EventSchema> schemas = random.schemas(20);
        final Path directory = temp.resolve("random");
        write(directory, random, schemas);
        final TraceReader reader = TraceReader.open(directory);
        try (SqlSession session = SqlSession.open(reader.events(), MEMORY_BYTES)) {
            for (final EventSchema schema : schemas) {
                final List<StoredEvent> expected = reader.events().named(schema.name()).stream().toList();
                final List<List<Object>> found = rows(session, "from \"" + schema.name() + '"', false);
                assertThat(found).as(schema.name()).hasSameSizeAs(expected);
                for (int i = 0; i < found.size(); i++) {
                    assertEqual(found.get(i), expected.get(i));
                }
            }
        }
    }

    private static void assertEqual(final List<Object> found, final StoredEvent expected) {
        assertThat(found.get(1)).isEqualTo(expected.wallTimeNs());
        assertThat(found.get(2)).isEqualTo(expected.wallTimeNs() - TestTraces.BEGIN_NS + 1_000_000);
        assertThat(found.get(9)).isEqualTo(expected.ring());
        for (int field = 0; field < expected.schema().fields().size(); field++) {
            assertSame(found.get(10 + field), expected.values().get(field), expected.schema().name() + field);
        }
    }

    private static void write(final Path directory, final RandomEvents random, final List<EventSchema> schemas) {
        final TargetInfo target = TestTraces.target();
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(schemas.toArray(EventSchema[]::new)));
            writer.clock(0, new ClockTriple(0, 1_000_000, TestTraces.BEGIN_NS));
            for (int ring = 0; ring < 3; ring++) {
                writer.thread(0, new ThreadInfo(ring, StreamClass.PLATFORM, 1, 1_000 + ring, 20 + ring, "t" + ring));
                final PacketBuilder builder = new PacketBuilder(target.id(), ring);
                for (int packet = 0; packet < 3; packet++) {
                    for (int i = 0; i < 100; i++) {
                        final EventSchema schema = schemas.get(random.random().nextInt(schemas.size()));
                        builder.event(schema, 1_000L + packet * 1_000 + i * 3 + ring, 0, random.values(schema));
                    }
                    builder.append(writer, 0);
                }
            }
        }
    }
}
