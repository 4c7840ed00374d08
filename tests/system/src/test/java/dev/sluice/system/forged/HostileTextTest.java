// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.forged;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.cli.Main;
import dev.sluice.consumer.FakeTarget;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Text from everywhere outside that would steer a terminal, through every command: nothing that is printed may.
 */
@OneJdk
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class HostileTextTest {
    /** Clears the screen, a C1 control sequence, writing from right to left, a line separator, a tag, and lines. */
    private static final String HOSTILE = "x\u001b[2J\u009b31m\u202eevil\u2066\u2028\u2029\u00ad\udb40\udc41"
        + "\r\nsluice: ok\t\"\\\u007f";
    private static final Pattern UNSAFE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}&&[^\n]]");
    private static final Pattern FRAME = Pattern.compile("^\t+(?=at |Suppressed: )", Pattern.MULTILINE);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Path COMPILER = Path.of("/usr/bin/gcc");

    @TempDir
    private Path temp;

    private Path directory;

    @BeforeEach
    void makeDirectory() throws IOException {
        directory = Files.createDirectory(temp.resolve(HOSTILE));
    }

    /** Runs a command in this JVM. */
    private static String run(final int status, final String... arguments) {
        final PrintStream out = System.out;
        final PrintStream err = System.err;
        final ByteArrayOutputStream captured = new ByteArrayOutputStream();
        try (PrintStream stream = new PrintStream(captured, true, StandardCharsets.UTF_8)) {
            System.setOut(stream);
            System.setErr(stream);
            assertThat(Main.run(arguments)).as(captured.toString(StandardCharsets.UTF_8)).isEqualTo(status);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        return checked(captured.toString(StandardCharsets.UTF_8));
    }

    private static String checked(final String printed) {
        final Matcher found = UNSAFE.matcher(FRAME.matcher(printed).replaceAll(""));
        if (found.find()) {
            throw new AssertionError(String.format("U+%04X in: %s", found.group().codePointAt(0),
                printed.replaceAll("[^\\x20-\\x7e\n]", "?")));
        }
        assertThat(printed.lines()).noneMatch(line -> line.startsWith("sluice: ok"));
        return printed;
    }

    /** Runs a command in a JVM of its own, whose output is a file. */
    private String runApart(final int status, final String... arguments) throws Exception {
        final List<String> all = new ArrayList<>(List.of(Main.class.getName()));
        all.addAll(List.of(arguments));
        try (ChildProgram child = ChildProgram.startJava(temp, ChildProgram.launcherFlags(),
            System.getProperty("java.class.path"), all)) {
            assertThat(child.awaitExit()).as(child.errors()).isEqualTo(status);
            checked(child.errors());
            return checked(child.output());
        }
    }

    private Path hostileTrace() {
        final EventSchema schema = new EventSchema(1, HOSTILE, HOSTILE, List.of(
            new FieldSchema("s" + HOSTILE, FieldType.STRING), new FieldSchema("e" + HOSTILE, FieldType.ENUM8,
            List.of("A" + HOSTILE, "B")), new FieldSchema(HOSTILE, FieldType.FLOAT64)));
        final TargetInfo target = new TargetInfo(TargetId.random(), 42, 4711, new UUID(1, 2), 1, 1_000_000_000L, 1,
            1000, "java " + HOSTILE, HOSTILE);
        final Path trace = directory.resolve("trace");
        try (TraceWriter writer =
            TraceWriter.create(trace, new TraceInfo(TestTraces.BEGIN_NS, "1" + HOSTILE, "sluice " + HOSTILE))) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(schema));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            writer.thread(0, new ThreadInfo(0, StreamClass.PLATFORM, 1, 1000, 20, "t" + HOSTILE, 0, 0, 0, 0));
            new PacketBuilder(target.id(), 0).skip(1, 7, 640).event(schema, 1, 0, HOSTILE, 0L, 1.0)
                .event(schema, 2, 0, "", 1L, Double.NaN).append(writer, 0);
            writer.loss(0, new LossInfo(0, LossCause.BUFFER_FULL, 7, 1));
            writer.end(0, new EndInfo(EndKind.DETACHED, false, 1, List.of(), Map.of()));
        }
        return trace;
    }

    @Test
    void shouldPrintNothingThatSteersATerminalWhenATraceIsRead() throws Exception {
        final String trace = hostileTrace().toString();
        assertThat(run(3, "report", trace)).contains("\\u001B[2J\\u009b31m\\u202eevil")
            .containsPattern("of them buffer_full +7\n");
        final JsonNode report = MAPPER.readTree(run(3, "report", trace, "--json"));
        assertThat(report.get("events").get(0).get("name").asText()).isEqualTo(HOSTILE + ':' + HOSTILE);
        assertThat(runApart(3, "print", trace)).hasLineCount(3).contains("\\udb40\\udc41");
        final List<String> lines = runApart(3, "print", trace, "--json").lines().toList();
        assertThat(MAPPER.readTree(lines.get(1)).get("fields").get("s" + HOSTILE).asText()).isEqualTo(HOSTILE);
        assertThat(MAPPER.readTree(lines.get(1)).get("thread").asText()).isEqualTo("t" + HOSTILE);
    }

    @Test
    void shouldPrintNothingThatSteersATerminalWhenACommandFails() throws Exception {
        final String absent = directory.resolve("absent" + HOSTILE).toString();
        run(1, "report", absent);
        run(1, "report", absent, "--verbose");
        run(1, "print", absent);
        run(1, "salvage", absent, "-o", directory.resolve("out").toString());
        run(1, "salvage", absent, "--trace", absent, "-o", absent, "--verbose");
        run(1, "list", absent);
        run(1, "record", "-p", "2147483647", "-o", absent, "-e", HOSTILE.replaceAll("[\\[\\s]", "_"));
        run(1, "control", absent, "-e", "a:b");
        run(1, "control", absent, "-e", "a:b[c == 'd']");
        run(1, "control", "-p", HOSTILE, "-e", "a:b");
        run(1, "snapshot", "-p", HOSTILE);
        run(1, "record", "-p", HOSTILE);
        run(1, "record", "-p", HOSTILE, "--wait", "--duration", "10ms");
        run(1, "list", "-p", HOSTILE);
        run(1, "trap", "-p", Long.toString(ProcessHandle.current().pid()), "no-such" + HOSTILE);
        Files.createDirectories(directory.resolve("bad/0000"));
        Files.writeString(directory.resolve("bad/0000/" + "x.cq4"), HOSTILE);
        run(1, "report", directory.resolve("bad").toString());
        run(1, "print", directory.resolve("bad").toString());
        run(1, "list", directory.resolve("bad/0000/x.cq4").toString());
    }

    @Test
    void shouldPrintNothingThatSteersATerminalWhenUsageIsWrong() {
        run(2, HOSTILE);
        run(2, "report", "--" + HOSTILE);
        run(2, "record", "-p", "1", "--policy", HOSTILE);
        run(2, "record", "-p", "1", "-e", HOSTILE);
        run(2, "record", "-p", "1", "-e", "a:b[" + HOSTILE + "]");
        run(2, "record", "-p", "1", "--sample", HOSTILE);
        run(2, "record", "-p", "1", "--flight", "10s", "--on", HOSTILE + " > 10/s");
        run(2, "control", "directory", "-e", HOSTILE);
        run(2, "record", "-p", "1", "--min-duration", HOSTILE);
        run(2, "record", "-p", "1", "--min-duration", "5ms", "--pair", HOSTILE);
        run(2, "record", "-p", "1", "--min-duration", "5ms", "--pair", "a:{" + HOSTILE + ",b:c");
        run(2, "record", "-p", "1", "--duration", HOSTILE);
        run(2, "list", "a/" + HOSTILE, "b/" + HOSTILE);
        run(2, "demo", "--share", HOSTILE);
    }

    private Path hostileObject() throws Exception {
        final Path source = temp.resolve("probes.S");
        final String name = "p\\033[2J\\302\\233x\\342\\200\\256y\\n\\r";
        Files.writeString(source, """
            .text
            .globl place
            place:
                nop
            .section .note.stapsdt,"?","note"
                .balign 4
                .4byte 8, 2f - 1f, 3
                .asciz "stapsdt"
            1:  .8byte place, 0, 0
                .asciz "PROVIDER"
                .asciz "NAME"
                .asciz "-4@%edi ARGUMENTS"
            2:  .balign 4
            .section .note.GNU-stack,"",@progbits
            """.replaceAll("PROVIDER|NAME|ARGUMENTS", Matcher.quoteReplacement(name)));
        final Path object = directory.resolve("probes.so");
        try (ChildProgram gcc = ChildProgram.start(temp, List.of(COMPILER.toString(), "-shared", "-nostdlib", "-o",
            object.toString(), source.toString()))) {
            assertThat(gcc.awaitExit()).as(gcc.errors()).isZero();
        }
        return object;
    }

    @Test
    void shouldPrintNothingThatSteersATerminalWhenAnObjectIsListed() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(COMPILER), "gcc is missing: install gcc");
        final String object = hostileObject().toString();
        assertThat(run(0, "list", object)).contains("[2J");
        assertThat(MAPPER.readTree(run(0, "list", object, "--json")).get(0).get("provider").asText()).contains("[2J");
    }

    @Test
    void shouldPrintNothingThatSteersATerminalWhenAHostileProgramIsRecorded() throws Exception {
        try (ChildProgram program = ChildProgram.startJava(temp, ChildProgram.launcherFlags(),
            System.getProperty("java.class.path"), List.of(HostileProgram.class.getName(), HOSTILE))) {
            assertThat(program.awaitFirstLine()).isEqualTo("ready");
            final String trace = directory.resolve("recorded").toString();
            final String pid = Long.toString(program.pid());
            run(0, "record", "-p", pid, "--mode", "shared", "--duration", "500ms", "-o", trace);
            assertThat(run(0, "report", trace)).contains("HostileProgram x\\u001B[2J")
                .contains(": sluice record -p " + pid + " --mode shared");
            assertThat(runApart(0, "print", trace)).contains("hostile:said [x\\u001B[2J");
            MAPPER.readTree(run(0, "report", trace, "--json"));
            run(0, "list", "-p", pid);
            MAPPER.readTree(run(0, "list", "-p", pid, "--json"));
            run(1, "record", "-p", pid, "--mode", "shared", "-o", trace);
        }
    }

    @Test
    void shouldPrintNothingThatSteersATerminalWhenARegionIsSalvaged() throws Exception {
        final Path regions = Files.createDirectory(directory.resolve("regions"));
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.add("-Dsluice.region.dir=" + regions);
        try (ChildProgram program = ChildProgram.startJava(temp, flags, System.getProperty("java.class.path"),
            List.of(HostileProgram.class.getName(), HOSTILE))) {
            assertThat(program.awaitFirstLine()).isEqualTo("ready");
        }
        // Killed, it leaves its region behind.
        try (Stream<Path> files = Files.list(regions)) {
            final String region = files.findFirst().orElseThrow().toString();
            final String whole = directory.resolve("salvaged").toString();
            assertThat(run(0, "salvage", region, "-o", whole)).contains(": sluice salvage " + PrintedText.safe(region))
                .contains("Java " + System.getProperty("java.version") + ": ").contains("HostileProgram x\\u001B[2J");
        }
    }

    @Test
    void shouldPrintNothingThatSteersATerminalWhenTheTargetAnswers() throws Exception {
        final AtomicBoolean isOver = new AtomicBoolean();
        try (FakeTarget target = new FakeTarget()) {
            final Thread answering = new Thread(() -> answer(target.words(), isOver), "answering");
            answering.start();
            assertThat(run(1, "record", "-p", Long.toString(ProcessHandle.current().pid()), "--mode", "shared", "-o",
                directory.resolve("refused").toString())).contains("x\\u001B[2J");
            isOver.set(true);
            answering.join(TimeUnit.MINUTES.toMillis(1));
        }
    }

    private static void answer(final ControlFile words, final AtomicBoolean isOver) {
        final long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!isOver.get() && System.nanoTime() < end) {
            words.targetHeartbeatRelease(System.nanoTime());
            final long word = words.commandVolatile();
            if (word != words.ackVolatile()) {
                Command.acknowledge(words, word, new Command.Answer(Command.Result.FAILED, 0, HOSTILE));
            }
            Thread.onSpinWait();
        }
    }
}
