// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The table of a text is that of a file of results; so is that of README.md. */
@OneJdk
class TableCommandTest {
    private static final Path CHECKOUT = Path.of(System.getProperty("sluice.root"));
    private static final String RESULTS = "docs/results/quick.json";

    private static final String TARGETS = "docs/results/targets.json";
    private static final String TARGETS_OF_KVM = "docs/results/targets-kvm-clock.json";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private int table(final String... arguments) {
        return new CommandLine(new TableCommand()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err))
            .execute(arguments);
    }

    private Path results(final double owner) throws IOException {
        final ObjectNode root = new ObjectMapper().createObjectNode().put("rounds", 1);
        root.putObject("environment").put("command", "sluice bench --quick").put("processor", "EPYC")
            .put("processors", "2").put("load", "0.5 0.4 0.3 1/2 3").put("kernel", "6.18 #1").put("java", "JVM 25")
            .put("clock", "tsc");
        final ArrayNode paths = root.putArray("paths");
        paths.addObject().put("name", "nothing").put("firing_processor_ns_per_event", 1.5);
        paths.addObject().put("name", "owner").put("ns_over_nothing", owner)
            .put("firing_processor_ns_per_event", 9.7);
        paths.addObject().put("name", "jfr").put("ns_over_nothing", 2.54 * owner);
        paths.addObject().put("name", "trap-nop1-store-java").put("ns_over_nothing", 1_234.6)
            .put("firing_processor_ns_per_event", 702);
        paths.addObject().put("name", "lttng-c").put("reason", "missing: package lttng-tools");
        final Path file = directory.resolve("results.json");
        new ObjectMapper().writeValue(file.toFile(), root);
        return file;
    }

    @Test
    void shouldShowWhatWasMeasuredWhenResultsAreGiven() throws IOException {
        assertThat(table(results(10).toString())).isZero();
        assertThat(out.toString()).isEqualTo("<!-- made by 'sluice bench table' of " + directory.resolve("results.json")
            + " -->\n| ns an event | drained | JFR | trap, int3 |\n|---|---|---|---|\n"
            + "| on the wall | 10.0 | 25.4 | 1,235 |\n"
            + "| of the thread's processor time | 8.2 | unknown | 701 |\n\n"
            + "Over the bare loop (`sluice bench --quick`: 1 round, EPYC, 2 processors, load 0.5, Linux 6.18, JVM 25,"
            + " clock tsc). Not measured: stored; LTTng-UST, C; Log4j 2; trap, optimised. <!-- end of the table -->\n");
    }

    @Test
    void shouldReplaceTheTableOfATextWhenItHasOne() throws IOException {
        final Path text = Files.writeString(directory.resolve("text.md"), "before\n" + MarkdownTable.BEGIN
            + "something -->\nold\n" + MarkdownTable.END + "\nafter\n");
        assertThat(table(results(10).toString(), "--into", text.toString())).isZero();
        final String once = Files.readString(text);
        assertThat(once).startsWith("before\n<!-- made by").endsWith("<!-- end of the table -->\nafter\n")
            .contains("| 10.0 |").doesNotContain("old");
        assertThat(table(directory.resolve("results.json").toString(), "--into", text.toString())).isZero();
        assertThat(text).hasContent(once);
    }

    @Test
    void shouldLeaveTheTextAloneWhenItHasNoTableOrTheResultsHaveNoFigure() throws IOException {
        final Path text = Files.writeString(directory.resolve("text.md"), "before\n");
        assertThat(table(results(10).toString(), "--into", text.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("the text must have one line that begins with");
        assertThat(text).hasContent("before\n");
        final Path other = Files.writeString(directory.resolve("other.json"), "{}");
        assertThat(table(other.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("has no figure of owner over nothing");
    }

    @Test
    void shouldFindTheTableOfTheReadmeWhenItIsMadeAgainOfItsResults() throws IOException {
        final String readme = Files.readString(CHECKOUT.resolve("README.md"));
        assertThat(MarkdownTable.into(readme, MarkdownTable.of(CHECKOUT.resolve(RESULTS), RESULTS)))
            .as("./sluice bench table " + RESULTS + " --into README.md").isEqualTo(readme);
    }

    private Path targets(final String clockSource, final double measured) throws IOException {
        final ObjectNode root = new ObjectMapper().createObjectNode().put("rounds", 10);
        root.putObject("environment").put("command", "sluice bench").put("processor", "EPYC").put("processors", "2")
            .put("load", "0.5 1/2 3").put("kernel", "6.18 #1").put("java", "JVM 25").put("clock", "tsc")
            .put("clock_source", clockSource);
        final ArrayNode targets = root.putArray("targets");
        targets.addObject().put("name", "ring over clock, ns").put("target", 0.5).put("at_least", false)
            .put("measured", measured).put("low", measured / 2).put("high", measured * 2).put("rounds", 10)
            .put("pass", measured <= 0.5);
        targets.addObject().put("name", "jfr over owner, times").put("target", 2.5).put("at_least", true)
            .putNull("measured").putNull("pass");
        final Path file = directory.resolve(clockSource + ".json");
        new ObjectMapper().writeValue(file.toFile(), root);
        return file;
    }

    @Test
    void shouldSetRunsBesideEachOtherWhenAskedForTargets() throws IOException {
        final Path one = targets("tsc", 0.25);
        final Path two = targets("kvm-clock", 0.75);
        assertThat(table("--targets", one.toString(), two.toString())).isZero();
        final String run = ": `sluice bench`: 10 rounds, EPYC, 2 processors, load 0.5, Linux 6.18, JVM 25, clock tsc.";
        assertThat(out.toString()).isEqualTo("<!-- made by 'sluice bench table --targets' of " + one + " " + two
            + " -->\n"
            + "|  | target | kernel's clock source tsc | kernel's clock source kvm-clock |\n|---|---|---|---|\n"
            + "| ring over clock, ns | at most 0.5 | 0.25 [0.13, 0.50], met | 0.75 [0.38, 1.50], **missed** |\n"
            + "| jfr over owner, times | at least 2.5 | not measured | not measured |\n\n"
            + "- " + one + run + "\n- " + two + run + " <!-- end of the table -->\n");
    }

    @Test
    void shouldSayWhatIsWrongWhenFilesAndOptionDoNotFit() throws IOException {
        final Path other = Files.writeString(directory.resolve("other.json"), "{}");
        assertThat(table("--targets", other.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("has no targets: it is no file of results");
        assertThat(table(other.toString(), other.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("several files need --targets");
    }

    @Test
    void shouldFindTheTargetsOfThePageWhenTheyAreMadeAgainOfTheirResults() throws IOException {
        final String page = Files.readString(CHECKOUT.resolve("docs/benchmarking.md"));
        assertThat(MarkdownTable.into(page, MarkdownTable.ofTargets(
            List.of(CHECKOUT.resolve(TARGETS), CHECKOUT.resolve(TARGETS_OF_KVM)), List.of(TARGETS, TARGETS_OF_KVM))))
            .as("./sluice bench table --targets " + TARGETS + " " + TARGETS_OF_KVM + " --into docs/benchmarking.md")
            .isEqualTo(page);
    }

    /** Results of the given targets of paths; each is a line of JSON without its braces. */
    private Path targetsOf(final String name, final int rounds, final String... targets) throws IOException {
        return Files.writeString(directory.resolve(name), "{\"rounds\":" + rounds + ",\"environment\":{\"command\":"
            + "\"sluice bench\"},\"paths\":[{\"name\":\"ring\",\"rounds\":[{\"ns_per_event\":1}]}],\"targets\":[{"
            + String.join("},{", targets) + "}]}");
    }

    private static String target(final String name, final int rounds, final double measured) {
        return "\"name\":\"" + name + "\",\"target\":0.5,\"at_least\":false,\"measured\":" + measured
            + ",\"low\":" + measured + ",\"high\":" + measured + ",\"rounds\":" + rounds + ",\"pass\":"
            + (measured <= 0.5);
    }

    @Test
    void shouldPutAQuestionMarkWhenFewerThanTenRoundsWereRun() throws IOException {
        assertThat(table("--targets", targetsOf("one", 1, target("a", 1, 0.4), target("b", 1, 0.6)).toString(),
            targetsOf("nine", 9, target("a", 9, 0.6), target("b", 9, 0.4)).toString())).isZero();
        assertThat(out.toString()).contains("| a | at most 0.5 | 0.40, met? | 0.60 [0.60, 0.60], **missed?** |\n",
            "| b | at most 0.5 | 0.60, **missed?** | 0.40 [0.40, 0.40], met? |\n");
    }

    @Test
    void shouldTakeAllRoundsForOneFigureOnlyWhenItIsOfWhatIsAllocated() throws IOException {
        assertThat(table("--targets", targetsOf("old", 10, target("ring allocates, B an event", 1, 0.4),
            target("jfr over owner, times", 1, 0.6)).toString())).isZero();
        assertThat(out.toString()).contains("| ring allocates, B an event | at most 0.5 | 0.40, met |\n",
            "| jfr over owner, times | at most 0.5 | 0.60, **missed?** |\n");
    }

    @Test
    void shouldHaveARowForEachTargetWhenOnlyOneFileHasIt() throws IOException {
        assertThat(table("--targets", targetsOf("one", 10, target("a", 10, 0.4)).toString(),
            targetsOf("two", 10, target("b", 10, 0.4), target("a", 10, 0.6)).toString())).isZero();
        assertThat(out.toString()).contains(
            "| a | at most 0.5 | 0.40 [0.40, 0.40], met | 0.60 [0.60, 0.60], **missed** |\n",
            "| b | at most 0.5 | not among its targets | 0.40 [0.40, 0.40], met |\n");
    }

    @Test
    void shouldSayWhichAreMetInUndisturbedTurnsOnlyWhenTheFileHasThem() throws IOException {
        assertThat(table("--targets", targetsOf("one", 10, target("a", 10, 0.6)
            + ",\"undisturbed\":0.45,\"pass_undisturbed\":true").toString())).isZero();
        assertThat(out.toString()).contains("| a | at most 0.5 | 0.60 [0.60, 0.60] (undisturbed 0.45), **missed**, met"
            + " in undisturbed turns only |\n");
    }

    @Test
    void shouldRefuseTargetsWhenTheFileDoesNotSayOnWhichSideTheBoundIs() throws IOException {
        final Path file = targetsOf("sustained", 10, target("two, part that is stored", 10, 0.6)
            .replace("\"at_least\":false,", ""));
        assertThat(table("--targets", file.toString())).isEqualTo(1);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).isEqualTo("sluice bench table: it cannot be made: " + file + " does not say where it"
            + " was measured, or of each target whether it is a least or a greatest value, as results have done for a"
            + " while: measure it again\n");
    }

    @Test
    void shouldLeaveTheTextAloneWhenItsTableIsOfTheOtherKind() throws IOException {
        final Path results = results(10);
        final Path targets = targetsOf("targets", 10, target("a", 10, 0.4));
        final Path text = directory.resolve("text.md");
        assertThat(table("--targets", targets.toString())).isZero();
        final String ofTargets = Files.readString(Files.writeString(text, out.toString()));
        assertThat(table(results.toString(), "--into", text.toString())).isEqualTo(1);
        assertThat(text).hasContent(ofTargets);
        assertThat(err.toString()).contains("it has the table of another kind, which begins with \"<!-- made by 'sluice"
            + " bench table --targets' of \"");
        out.getBuffer().setLength(0);
        assertThat(table(results.toString())).isZero();
        final String both = ofTargets + "\n" + out;
        Files.writeString(text, out.toString());
        assertThat(table("--targets", targets.toString(), "--into", text.toString())).isEqualTo(1);
        assertThat(text).hasContent(out.toString());
        Files.writeString(text, both);
        assertThat(table(results.toString(), "--into", text.toString())).isZero();
        assertThat(table("--targets", targets.toString(), "--into", text.toString())).isZero();
        assertThat(text).hasContent(both);
    }

    @Test
    void shouldTakeTheUndisturbedFigureFromTheRoundsWhenTheFileHasNone() throws IOException {
        final String row = "{\"name\":\"%s\",\"rounds\":[{\"ns_per_event\":%s,\"iterations\":[%s]}]}";
        final Path file = targetsOf("old", 10, target("disabled over nothing, ns", 10, 0.6));
        final Path old = Files.writeString(file, Files.readString(file).replace("\"paths\":[", "\"paths\":["
            + String.format(row, "nothing", "1", "1, 1.5") + "," + String.format(row, "disabled", "1.6", "1.25, 1.6")
            + ","));
        assertThat(table("--targets", old.toString())).isZero();
        assertThat(out.toString()).contains("0.60 [0.60, 0.60] (undisturbed 0.25), **missed**, met in undisturbed turns"
            + " only |\n");
        assertThat(PathTargets.undisturbed("jfr over owner, times", Map.of("jfr", new double[]{9, 5, Double.NaN},
            "owner", new double[]{3, 2, 1}, "nothing", new double[]{1, 1, 1}))).isEqualTo(4);
        assertThat(PathTargets.undisturbed("ring allocates, B an event", Map.of())).isNaN();
    }
}
