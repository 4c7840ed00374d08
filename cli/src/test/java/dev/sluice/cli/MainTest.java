// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.output.ExitStatus;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.export.ExportFormat;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@OneJdk
public class MainTest {
    @TempDir
    private Path directory;

    /** What the command did. */
    public record Result(int status, String text) {
    }

    /** Runs the command; returns its status and, after a line break, what it printed. */
    private static String run(final String... arguments) {
        final Result result = runMain(arguments);
        return result.status + "\n" + result.text;
    }

    /** Runs the command in this JVM. */
    public static Result runMain(final String... arguments) {
        return runMain(new ByteArrayOutputStream(), arguments);
    }

    /** As above; what is printed can be seen while it runs. */
    public static Result runMain(final ByteArrayOutputStream captured, final String... arguments) {
        final PrintStream out = System.out;
        final PrintStream err = System.err;
        try (PrintStream stream = new PrintStream(captured, true, StandardCharsets.UTF_8)) {
            System.setOut(stream);
            System.setErr(stream);
            final int status = Main.run(arguments);
            return new Result(status, captured.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "frobnicate", "record", "record -p 0", "record -p -5", "record -p 1 --policy sometimes",
        "record -p 1 --duration soon", "record -p 1 --buffer 1K", "record -p 1 --buffer 2G",
        "record -p 1 --ring 8K", "record -p 1 --ring 64M", "record -p 1 --nice -21", "record -p 1 --nice x",
        "record -p 1 --buffer 64M --mode shared", "record -p 1 --mode sometimes", "report", "print", "export",
        "export x", "export x -o y --format morse", "list -p 1 --all",
        "demo --threads 0", "demo --share 2/3", "report one two", "demo --frobnicate"})
    void shouldExitWithUsageWhenArgumentsAreWrong(final String line) {
        final Result result = runMain(line.isEmpty() ? new String[0] : line.split(" "));
        assertThat(result.status()).isEqualTo(ExitStatus.USAGE);
        // One line: the help is long, and asked for by itself.
        assertThat(result.text()).matches("sluice[ a-z]*: \\P{Cntrl}+; see 'sluice[ a-z]* --help'\n");
    }

    @Test
    void shouldSayInOneLineWhatIsWrongWhenArgumentsAre() {
        assertThat(runMain("record", "-p", "1", "--duration", "10").text()).startsWith(
            "sluice record: Invalid value for option '--duration'").endsWith("; see 'sluice record --help'\n");
        assertThat(runMain("record", "-p", "1", "--buffer", "100K").text())
            .contains("102400 bytes; it is at least 128K").contains("at most 1G");
        assertThat(runMain("record", "-p", "1", "--ring", "8K").text())
            .contains("Invalid value for option '--ring': 8192 bytes; it is at least 16K and at most 32M");
        assertThat(runMain("record", "-p", "1", "--nice", "5").text())
            .contains("Invalid value for option '--nice': 5; it is -20 to 0: to have less precedence than other");
        assertThat(runMain("record", "-p", "1", "--buffer", "1M", "--mode", "shared").text())
            .contains("shared mode has no such buffer");
        assertThat(runMain("record", "-p", "1", "--buffer", "1M", "--mode", "pull").text())
            .contains("pull mode has no such buffer; leave out one of --buffer and --mode pull");
        assertThat(runMain("reprot", "t").text()).isEqualTo(
            "sluice: there is no command 'reprot'; see 'sluice --help'\n");
        assertThat(runMain("snapshot", "/dev/null").text()).isEqualTo(
            "sluice snapshot: /dev/null is no directory: give the directory of a recording\n");
        assertThat(runMain("salvage", "0", "-o", "x").text()).startsWith("sluice salvage: no such region: 0; give ");
        assertThat(runMain("list", "-p", "2147483647").text()).isEqualTo("sluice list: open(/proc/2147483647/maps)"
            + " failed: there is no process 2147483647; 'sluice list --all' shows what can be traced\n");
        assertThat(runMain("--frobnicate").text()).isEqualTo(
            "sluice: Unknown option: '--frobnicate'; see 'sluice --help'\n");
        assertThat(runMain("report", "one", "two").text()).isEqualTo(
            "sluice report: Unmatched argument at index 2: 'two'; see 'sluice report --help'\n");
        assertThat(runMain().text()).isEqualTo("sluice: no command is given; see 'sluice --help'\n");
        // What steers a terminal is not repeated.
        assertThat(runMain("report", "one", "\u001b[31m\ntwo").text()).doesNotContain("\u001b").hasLineCount(1);
    }

    private Path writeTrace(final int packets) {
        final Path trace = directory.resolve("trace");
        final TargetInfo target = TestTraces.target();
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            writer.clock(0, new ClockTriple(1_000, 1_000, TestTraces.BEGIN_NS));
            final PacketBuilder builder =
                new PacketBuilder(target.id(), 7);
            for (int i = 0; i < packets; i++) {
                builder.event(TestTraces.PAIR, 5_000 + i, 0, (long) i, (long) -i).append(writer, 0);
            }
            writer.end(0, new EndInfo(EndKind.DETACHED, true, TestTraces.BEGIN_NS,
                List.of(new RingAccount(StreamKey.ofRing(7), packets, 0, 0, 0, packets, packets, 0)), Map.of()));
        }
        return trace;
    }

    @Test
    void shouldWriteNumbersTheSameWayWhereverTheUserLives() {
        final Path trace = writeTrace(1_500);
        final Locale before = Locale.getDefault();
        try {
            for (final String language : List.of("tr-TR", "de-DE", "ar-EG-u-nu-arab")) {
                Locale.setDefault(Locale.forLanguageTag(language));
                assertThat(runMain("report", trace.toString()).text()).as(language).contains("1,500");
                Locale.setDefault(Locale.forLanguageTag(language));
                assertThat(runMain("record", "-p", "1", "--policy", "DISCARD", "--mode", "NIX").text()).as(language)
                    .contains("'--mode'").doesNotContain("'--policy'");
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void shouldPrintAllThatCameBeforeWhenAPacketIsDamaged() throws Exception {
        final int packets = 1_000;
        final Path trace = writeTrace(packets);
        final Path queue;
        try (Stream<Path> files = Files.walk(trace)) {
            queue = files.filter(file -> file.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
        try (FileChannel file = FileChannel.open(queue, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            file.read(bytes, 0);
            // The last value of the 900th event, wherever the store has put it: it is in the file as often as once.
            final byte[] value = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(-900).array();
            int at = 0;
            while (!Arrays.equals(bytes.array(), at, at + 8, value, 0, 8)) {
                at++;
            }
            file.write(ByteBuffer.wrap(new byte[] {(byte) ~value[0]}), at);
        }
        final Result result = runMain("print", trace.toString());
        assertThat(result.status()).isNotEqualTo(ExitStatus.OK);
        assertThat(result.text().lines().filter(line -> line.contains("bench:pair"))).hasSizeGreaterThanOrEqualTo(900);
        assertThat(result.text()).contains(" a=899 b=-899");
    }

    @Test
    void shouldSayWhatIsWrongWithAFileInOneSentenceWithARemedy() {
        final String trace = writeTrace(10).toString();
        assertThat(runMain("report", trace, "--html", directory.toString()).text()).isEqualTo("sluice report: cannot"
            + " write the page: " + directory + " is there and is no ordinary file; choose another file (--html"
            + " FILE)\n");
        final Path none = directory.resolve("none");
        assertThat(runMain("report", trace, "--html", none.resolve("page.html").toString()).text()).isEqualTo("sluice"
            + " report: cannot write the page: there is no directory " + none
            + "; choose another file (--html FILE)\n");
        assertThat(runMain("list", directory.toString()).text()).startsWith("sluice list: open(" + directory
            + ") failed: ").doesNotContain("java.", "Exception");
    }

    @Test
    void shouldRefuseARangeOfTimeThatEndsBeforeItBegins() {
        final String trace = writeTrace(10).toString();
        for (final String range : List.of("--from -1s --to -2s", "--from +2us --to +1us", "--from 10:00 --to 09:00",
            "--from 2026-01-02T03:04:06Z --to 2026-01-02T03:04:05Z")) {
            for (final String command : List.of("print", "report", "export --format csv -o " + trace + "-csv")) {
                final Result result = runMain((command + ' ' + range + ' ' + trace).split(" "));
                assertThat(result.status()).as(command + ' ' + range).isEqualTo(ExitStatus.USAGE);
                assertThat(result.text()).endsWith(": the range of time ends before it begins, so there is nothing in"
                    + " it: --from is later than --to; see 'sluice " + command.split(" ")[0] + " --help'\n");
            }
        }
        assertThat(runMain("print", trace, "--from", "+1us", "--to", "-1us").status()).isEqualTo(ExitStatus.OK);
    }

    /** That babeltrace2 reads what is written: CtfExporterTest. */
    @Test
    void shouldWriteCtfAndSayWhereWhenATraceIsExported() throws Exception {
        final Path trace = writeTrace(10);
        final Path out = directory.resolve("ctf");
        final Result result = runMain("export", trace.toString(), "-o", out.toString());
        assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.OK);
        assertThat(result.text()).isEqualTo(out + "\n");
        assertThat(Files.readString(out.resolve("metadata"))).startsWith("/* CTF 1.8").contains("bench:pair");
        assertThat(runMain("export", trace.toString(), "-o", out.toString()))
            .isEqualTo(new Result(ExitStatus.FAILED, "sluice export: cannot write the export: "
                + out + ": not empty; choose another directory (-o OUT)\n"));
    }

    /** That Python reads what is written: CsvExporterTest. */
    @Test
    void shouldWriteWhatIsSelectedWhenATraceIsExportedAsTables() throws Exception {
        final Path trace = writeTrace(10);
        final Path out = directory.resolve("csv");
        assertThat(runMain("export", trace.toString(), "--format", "csv", "--where", "a >= 7", "-o", out.toString()))
            .isEqualTo(new Result(ExitStatus.OK, out + "\n"));
        assertThat(Files.readAllLines(out.resolve("bench-pair.csv"))).hasSize(4).last().asString().endsWith(",9,-9");
        assertThat(runMain("export", trace.toString(), "-n", "1", "-o", directory.resolve("ctf").toString()))
            .isEqualTo(new Result(ExitStatus.OK, directory.resolve("ctf") + "\n"));
        assertThat(directory.resolve("ctf").resolve("metadata")).exists();
        final String help = runMain("export", "--help").text().replaceAll("\\s+", " ");
        for (final ExportFormat format : ExportFormat.values()) {
            assertThat(help).contains(format + ": " + format.description());
        }
    }

    /** That other programs read what is written: ChromeExporterTest, PerfettoExporterTest. */
    @Test
    void shouldTakePairsAndCountersOnlyWhenTheFormatHasThem() throws Exception {
        final String trace = writeTrace(10).toString();
        final String out = directory.resolve("out").toString();
        assertThat(runMain("export", trace, "--format", "csv", "--pair", "a:b,a:c", "-o", out))
            .isEqualTo(new Result(ExitStatus.USAGE, "sluice export: format csv has no slices: leave --pair out, or take"
                + " another format; see 'sluice export --help'\n"));
        assertThat(runMain("export", trace, "--format", "chrome", "--counter", "a", "-o", out))
            .isEqualTo(new Result(ExitStatus.USAGE, "sluice export: format chrome has no counters: leave --counter out,"
                + " or take another format; see 'sluice export --help'\n"));
        final Result unknown = runMain("export", trace, "--format", "perfetto", "--pair", "a:b,a:c", "-o", out);
        assertThat(unknown.status()).isEqualTo(ExitStatus.USAGE);
        assertThat(unknown.text()).startsWith("sluice export: no event that is selected fits 'a:b'");
        final Result noField = runMain("export", trace, "--format", "perfetto", "--counter", "price", "-o", out);
        assertThat(noField.status()).isEqualTo(ExitStatus.USAGE);
        assertThat(Path.of(out)).doesNotExist();
        assertThat(runMain("export", trace, "--format", "perfetto", "--counter", "bench:pair.a", "-o", out))
            .isEqualTo(new Result(ExitStatus.OK, out + "\n"));
        assertThat(Path.of(out)).isNotEmptyFile();
    }

    /** A disk without room. */
    private static final class Full extends OutputStream {
        @Override
        public void write(final int b) throws IOException {
            throw new IOException("No space left on device");
        }
    }

    @Test
    void shouldFailWhenTheOutputCannotBeWritten() throws Exception {
        final Path trace = writeTrace(1);
        final String self = Long.toString(ProcessHandle.current().pid());
        for (final String line : List.of("--help", "--version", "help", "record --help", "list -p " + self,
            "list --json -p " + self, "list --all", "report " + trace, "report --json " + trace, "print " + trace,
            "print --json " + trace)) {
            final PrintStream err = System.err;
            final ByteArrayOutputStream captured = new ByteArrayOutputStream();
            final int status;
            try (PrintStream stream = new PrintStream(captured, true, StandardCharsets.UTF_8)) {
                System.setErr(stream);
                status = Main.run(new Full(), line.split(" "));
            } finally {
                System.setErr(err);
            }
            assertThat(status).as(line).isEqualTo(ExitStatus.FAILED);
            assertThat(captured.toString()).as(line).matches(
                "(?s)(sluice list: process .*)?sluice[ a-z]*: writing to standard output failed: No space left on"
                    + " device\n");
        }
    }

    /** Where an error occurs that is none of a file: as a heap that is too small. */
    private static final class Scarce extends OutputStream {
        @Override
        public void write(final int b) {
            throw new OutOfMemoryError("Java heap space");
        }
    }

    @Test
    void shouldSayInOneSentenceWhatToDoWhenThereIsNotEnoughMemory() {
        final Path trace = writeTrace(1);
        assertThat(errorsOf(() -> assertThat(Main.run(new Scarce(), "print", trace.toString()))
            .isEqualTo(ExitStatus.FAILED))).isEqualTo("sluice print: there is not enough memory (Java heap space):"
            + " select less, or give it more by JDK_JAVA_OPTIONS=-Xmx4g\n");
    }

    @Test
    void shouldSayInOneSentenceThatAThreadHasFailed() {
        assertThat(errorsOf(() -> new Main.ThreadReport().uncaughtException(new Thread("beside"),
            new UncheckedIOException(new FileSystemException("/x", null, "Too many open files")))))
            .isEqualTo("sluice: in thread 'beside': /x: Too many open files; see that the disk, and the limits of this"
            + " process (ulimit -a), allow it\n");
    }

    private static String errorsOf(final Runnable action) {
        final PrintStream err = System.err;
        final ByteArrayOutputStream captured = new ByteArrayOutputStream();
        try (PrintStream stream = new PrintStream(captured, true, StandardCharsets.UTF_8)) {
            System.setErr(stream);
            action.run();
        } finally {
            System.setErr(err);
        }
        return captured.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldReadNoArgumentsFromAFileWhenOneIsNamedLikeThat() throws IOException {
        final Path file = Files.writeString(directory.resolve("arguments"), "list --help");
        assertThat(run("@" + file)).startsWith(ExitStatus.USAGE + "\n");
    }

    @Test
    void shouldNameTheRemedyWhenProcessDoesNotExist() {
        assertThat(run("record", "-p", "2147483647", "-o", directory.resolve("t").toString()))
            .startsWith(ExitStatus.FAILED + "\n").contains("no process 2147483647", "sluice list --all")
            .doesNotContain("\tat ");
        assertThat(directory.resolve("t")).doesNotExist();
    }

    @Test
    void shouldPrintStackTraceWhenVerbose() {
        assertThat(run("report", "--verbose", directory.toString())).startsWith(ExitStatus.FAILED + "\n")
            .contains("\tat ");
    }

    @Test
    void shouldFailWithRemedyWhenDirectoryIsNoTrace() {
        assertThat(run("report", directory.toString())).startsWith(ExitStatus.FAILED + "\n").contains("no trace");
        assertThat(run("print", directory.resolve("none").toString())).startsWith(ExitStatus.FAILED + "\n");
    }

    @Test
    void shouldListCommandsAndThePomsVersionWhenAskedForThem() throws Exception {
        assertThat(run("help")).startsWith(ExitStatus.OK + "\n")
            .contains("demo", "sample", "doctor", "list", "record", "report", "print", "bench", "test");
        assertThat(run("--version")).isEqualTo(ExitStatus.OK + "\nsluice " + pomVersion() + "\n");
        assertThat(run("record", "--help")).startsWith(ExitStatus.OK + "\n").contains("--policy");
    }

    /** A command that is named first is added without the others. */
    @Test
    void shouldSayTheSameOfACommandWhenItIsAddedAloneAndWithAll() {
        final List<String> names = List.copyOf(Main.withAllCommands().getSubcommands().keySet());
        assertThat(names).startsWith("demo", "sample", "doctor", "list", "record").contains("help", "trap");
        for (final String name : names) {
            // It is never added alone, and takes any argument.
            if (name.equals("help")) {
                continue;
            }
            final String help = run(name, "--help");
            assertThat(help).startsWith(ExitStatus.OK + "\nUsage: sluice " + name + " ").contains("--verbose");
            assertThat(run("help", name)).isEqualTo(help);
            assertThat(run("--verbose", name, "--help")).isEqualTo(help);
            // The sample's arguments are the sample program's.
            if (!name.equals("sample")) {
                final String wrong = run(name, "--frobnicate");
                assertThat(wrong).startsWith(ExitStatus.USAGE + "\nsluice " + name + ": ");
                assertThat(run("--verbose", name, "--frobnicate")).isEqualTo(wrong);
            }
        }
    }

    private static String pomVersion() throws Exception {
        return XPathFactory.newInstance().newXPath().evaluate("/project/version",
            DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(Path.of("..", "pom.xml").toFile()));
    }

    @Test
    void shouldPrintEmptyListWhenProcessHasNoProbesOfThatName() {
        assertThat(run("list", "-p", Long.toString(ProcessHandle.current().pid()), "no-such-provider:*", "--json"))
            .isEqualTo(ExitStatus.OK + "\n[]\n");
    }
}
