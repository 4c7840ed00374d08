// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.cli.MainTest;
import dev.sluice.cli.MainTest.Result;
import dev.sluice.store.export.ExtremeTrace;
import dev.sluice.testsupport.OneJdk;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command, from its arguments to its output and its exit status. */
@OneJdk
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class SqlCommandTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path temp;

    private Path trace;

    @BeforeEach
    void write() {
        trace = temp.resolve("trace");
        new ExtremeTrace().write(trace);
    }

    private Result sql(final String... arguments) {
        return MainTest.runMain(Stream.concat(Stream.of("sql", trace.toString()), Stream.of(arguments))
            .toArray(String[]::new));
    }

    private Result typed(final String text, final String... arguments) {
        final InputStream in = System.in;
        System.setIn(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        try {
            return sql(arguments);
        } finally {
            System.setIn(in);
        }
    }

    @Test
    void shouldPrintATableWhenNothingElseIsAsked() {
        final Result result = sql("select \"ENUM8\" as label, count(*) as events from odd.\"all\" group by label"
            + " order by events desc, label");
        assertThat(result.text())
            .isEqualTo("label  events\nA           4\nb \"c\"       4\n#7          3\n-           3\n");
        // Events are missing in the trace.
        assertThat(result.status()).isEqualTo(3);
    }

    @Test
    void shouldTellNullFromATextOfOneDashInATable() {
        assertThat(sql("select * from (values ('-', 1), (null, null), ('--', -2)) t(word, number)").text())
            .isEqualTo("word  number\n\"-\"        1\n-          -\n--        -2\n");
    }

    @Test
    void shouldPrintJsonLinesWhenJsonIsAsked() throws Exception {
        final Result result = sql("--json", "select \"UINT64\" as u, \"FLOAT64\" as f, \"BYTES\" as b, \"time\" as t,"
            + " u, [1, 2] as list from odd.\"all\" limit 2");
        final List<String> lines = result.text().lines().toList();
        assertThat(lines.get(1)).isEqualTo("{\"u\":18446744073709551615,\"f\":\"Infinity\",\"b\":\"0x3132\","
            + "\"t\":\"2026-01-02 03:04:05.000001001\",\"u_2\":18446744073709551615,\"list\":\"[1, 2]\"}");
        assertThat(MAPPER.readTree(lines.get(0)).get("f").textValue()).isEqualTo("NaN");
    }

    @Test
    void shouldPrintCsvWhenCsvIsAsked() {
        final Result result = sql("--csv", "select \"STRING\", \"BYTES\", \"INT8\" as \"a\"\"b\", \"BOOL\""
            + " from odd.\"all\" limit 5");
        assertThat(result.text()).isEqualTo("STRING,BYTES,\"a\"\"b\",BOOL\n\"\",\"0x\",-128,true\n"
            + "\"12\",\"0x3132\",127,false\n"
            + "\"a\0b\",,-128,true\n\"\0\",\"0x00\",127,false\n\"a\"\"b\"\"\"\"\",\"0x6122622222\",-128,true\n");
    }

    @Test
    void shouldHaveTheAccountOfAReport() throws Exception {
        final JsonNode report = MAPPER.readTree(MainTest.runMain("report", trace.toString(), "--json").text());
        final JsonNode account = MAPPER.readTree(sql("--json", "from account").text());
        for (final String key : List.of("fired", "stored", "discarded", "overwritten", "traps", "batches", "blocked_ns",
            "bytes", "consistent")) {
            assertThat(account.get(key)).as(key).isEqualTo(report.get(key));
        }
        assertThat(account.get("end_known").booleanValue()).isEqualTo(report.get("end").textValue().equals("known"));
        assertThat(account.get("lost").longValue()).isEqualTo(ExtremeTrace.LOST);
        assertThat(sql("--csv", "from losses").text()).isEqualTo("kind,cause,events\n"
            + "\"lost\",\"buffer_full\"," + report.get("lost").get("buffer_full") + "\n"
            + "\"refused\",\"no_slot\"," + report.get("refused").get("no_slot") + "\n");
    }

    @Test
    void shouldSayWhatIsWrongOnOneLineWhenAStatementIs() {
        final Result column = sql("select prise from odd.\"all\"");
        assertThat(column.status()).isEqualTo(2);
        assertThat(column.text()).isEqualTo("sluice sql: Binder Error: Referenced column \"prise\" not found in FROM"
            + " clause! Candidate bindings: \"pid\", \"ring\", \"time\", \"target\", \"thread\";"
            + " see 'sluice sql --help'\n");
        assertThat(sql("select 1; selec 2; select 3").text()).startsWith("1\n1\nsluice sql: Parser Error: ")
            .hasLineCount(3);
        final Result value = sql("select cast('x' as integer)");
        assertThat(value.status()).isEqualTo(1);
        assertThat(value.text()).startsWith("sluice sql: Conversion Error: ").hasLineCount(1);
        assertThat(sql("-e", "nothing", "select 1").text()).contains("no event of the trace fits 'nothing'")
            .hasLineCount(1);
    }

    @Test
    void shouldRunWhatIsTypedWhenThereIsNoQuery() {
        final Result result = typed("select count(*) as n\nfrom odd.\"all\"; create table kept as\nselect 5 as five;"
            + "\nselect five from kept;\nselect max(\"INT8\") as most from \"odd:all\"\n", "--csv");
        assertThat(result.text()).isEqualTo("n\n14\nfive\n5\nmost\n127\n");
        assertThat(typed("select 1;\nexit\nselect 2;\n").text()).isEqualTo("1\n1\n");
        final Result wrong = typed("select nothing;\nselect 2;\n");
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.text()).hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"copy (select 1) to '%s'", "copy (select 1) to '%s' (format parquet)",
        "export database '%s'", "attach '%s'", "attach '%s' as x (type sqlite)", "install httpfs", "load '%s'",
        "from read_csv('/etc/passwd')", "from read_text('/etc/passwd')", "from read_blob('/etc/passwd')",
        "from read_parquet('/etc/passwd')", "from sniff_csv('/etc/passwd')", "from glob('/*')", "from '/etc/passwd'",
        "from 'https://example.org/x.csv'", "import database '/etc'", "create persistent secret s (type http)",
        "set enable_external_access = true", "set lock_configuration = false", "set temp_directory = '%s'",
        "set memory_limit = '1TB'", "pragma profiling_output = '%s'", "pragma enable_profiling = 'json'",
        "set log_query_path = '%s'", "call enable_logging(storage = 'file', storage_path = '%s')",
        "set allow_community_extensions = true", "reset memory_limit", "from sluice_read(-1)",
        "from sluice_read(1000000)"})
    void shouldRefuseWhatReachesBeyondTheTrace(final String statement) throws Exception {
        final Path file = temp.resolve("outside");
        final Result result = sql(String.format(statement, file));
        assertThat(result.status()).as(result.text()).isIn(1, 2);
        assertThat(result.text()).startsWith("sluice sql: ").hasLineCount(1).doesNotContain("root:");
        try (Stream<Path> entries = Files.list(temp)) {
            assertThat(entries).containsExactly(trace);
        }
    }

    /** Without a network these fail too, but for another reason, and with another status. */
    @ParameterizedTest
    @ValueSource(strings = {"install httpfs", "force install json", "INSTALL httpfs FROM core",
        "/* a /* b */ c */ -- d\n force/**/install httpfs", "\uFEFF\u00A0install httpfs", "select 1; install httpfs"})
    void shouldNotAskTheNetworkWhenAnExtensionIsToBeInstalled(final String statement) {
        final Result result = sql("--csv", statement);
        assertThat(result.status()).as(result.text()).isEqualTo(2);
        assertThat(result.text().lines().toList()).last().asString()
            .isEqualTo("sluice sql: Permission Error: extensions are not installed here: no statement reaches the"
                + " network; 'sluice export' makes files for a DuckDB of your own; see 'sluice sql --help'");
    }

    @Test
    void shouldLeaveNoFileBehindWhenMoreIsSortedThanFitsIntoMemory() throws Exception {
        final Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        // Other processes may use the command meanwhile.
        final String ours = "sluice-sql-" + ProcessHandle.current().pid() + "-";
        final Result result = sql("--memory", "64M", "--csv", "select count(*) as n from (select i, hash(i) as h from"
            + " range(8000000) r(i) order by h) where i >= 0");
        assertThat(result.text()).isEqualTo("n\n8000000\n");
        try (Stream<Path> entries = Files.list(temporary)) {
            assertThat(entries.filter(path -> path.getFileName().toString().startsWith(ours))).isEmpty();
        }
    }
}
