// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.MainTest;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceReader;
import dev.sluice.system.scene.Scene;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Issue 10, 15: what a consumer sees of copies of the library whose application goes or has gone (decision 0080). */
@OneJdk
@KernelTest
@Timeout(900)
class PassingCopiesTest {
    /** Before Java 22 a thread of JNA's keeps a copy for half a minute. */
    private static final long GONE_S = 180;
    /** In four cases, half a minute each: in the long profile there. */
    private static final boolean IS_END_AWAITED =
        Runtime.version().feature() >= 22 || Boolean.getBoolean("sluice.long");
    /** Several chunks, and a rest that is in the ring when the application goes. */
    private static final int EVENTS = 20_000;
    private static final int DEAD = 3;
    private static final int STOPPED = 6;

    @TempDir
    private Path directory;
    private Path trace;

    @BeforeEach
    void nameTrace() {
        trace = directory.resolve("trace");
    }

    private ChildProgram start() throws IOException, InterruptedException {
        final ChildProgram server = ChildProgram.startServant(
            directory, "server", List.of("-Xmx256m"), Scene.targetClassPath(),
            List.of(PassingCopies.class.getName()));
        server.awaitLine("pid", 1);
        return server;
    }

    /** Has the server do something and waits for its answer, which begins with a word. */
    private static String tell(final ChildProgram server, final String command, final String answer) throws Exception {
        final int before = server.lines(answer);
        server.send(command);
        return server.awaitLine(answer, before + 1, GONE_S);
    }

    private static long fire(final ChildProgram server) throws Exception {
        return Long.parseLong(tell(server, "fire " + EVENTS, "fired").split(" ")[1]);
    }

    private static long stored(final TargetTrace target) {
        return target.streams().stream().mapToLong(stream -> stream.events()).sum();
    }

    @ParameterizedTest
    @CsvSource({"BATCH,drop,dropped", "BATCH,close,closed", "SHARED,drop,dropped", "SHARED,close,closed"})
    void shouldEndWithAnExactAccountWhenTheApplicationGoesWhileItIsRecorded(
        final EventPath path, final String how, final String answer) throws Exception {
        try (ChildProgram server = start()) {
            tell(server, "deploy", "deployed");
            final RecordResult result;
            final long fired;
            try (Recorder recorder = Recorder.start(RecordOptions.of(server.pid(), trace).source(path).build())) {
                fired = fire(server);
                tell(server, how, answer);
                tell(server, "collect", "collected");
                result = recorder.finish();
            }
            assertThat(fired).isEqualTo(EVENTS);
            assertThat(result.known()).as("%s%n%s", result, server).isTrue();
            assertThat(result.kind()).isEqualTo(EndKind.DETACHED);
            assertThat(result.lost()).isEmpty();
            // On a busy machine a ring may be full for a moment: then that is counted.
            assertThat(result.stored() + result.discarded() + result.overwritten()).as("%s", result).isEqualTo(fired);
            final TraceReader reader = TraceReader.open(trace);
            assertThat(reader.targets()).hasSize(1);
            assertThat(stored(reader.targets().get(0))).isEqualTo(result.stored());
            if (IS_END_AWAITED) {
                // Nobody needs the copy any more.
                tell(server, "await 0", "left 0");
            }
            assertThat(server.toString()).doesNotContain("[sluice]");
        }
    }

    /** What a process that does not run costs at the end is asked of all its copies at the same time. */
    @ParameterizedTest
    @ValueSource(strings = {"BATCH", "SHARED"})
    void shouldEndAsSoonAsWithOneCopyWhenAProcessWithManyIsStopped(final EventPath path) throws Exception {
        try (ChildProgram server = start()) {
            for (int i = 0; i < STOPPED; i++) {
                tell(server, "deploy", "deployed");
            }
            final RecordResult result;
            final long begin;
            try (Recorder recorder = Recorder.start(RecordOptions.of(server.pid(), trace).source(path).build())) {
                server.stop();
                begin = System.nanoTime();
                result = recorder.finish();
            }
            final long tookMs = (System.nanoTime() - begin) / 1_000_000;
            server.signal("CONT");
            System.out.println("PassingCopiesTest: " + STOPPED + " stopped copies, " + path + ": " + tookMs + " ms");
            assertThat(result.known()).as("%s", result).isFalse();
            assertThat(TraceReader.open(trace).targets()).hasSize(STOPPED);
            // Two seconds for each were twelve and more.
            assertThat(tookMs).isLessThan(11_000);
        }
    }

    @Test
    void shouldListAndRecordTheLivingCopyAloneWhenOthersInTheProcessAreDead() throws Exception {
        try (ChildProgram server = start()) {
            for (int i = 0; i < DEAD; i++) {
                tell(server, "deploy", "deployed");
                tell(server, "close", "closed");
                tell(server, "deploy", "deployed");
                tell(server, "drop", "dropped");
            }
            tell(server, "deploy", "deployed");
            tell(server, "await 1", "left 1");
            final MainTest.Result list =
                MainTest.runMain("list", "-p", Long.toString(server.pid()), "--json", "passing:*");
            final JsonNode probes = new ObjectMapper().readTree(list.text());
            assertThat(probes).as(list.text()).hasSize(1);
            assertThat(probes.get(0).get("sites")).as(list.text()).hasSize(1);
            final long fired;
            final RecordResult result;
            try (Recorder recorder = Recorder.start(RecordOptions.of(server.pid(), trace).build())) {
                fired = fire(server);
                result = recorder.finish();
            }
            assertThat(result.known() && result.lost().isEmpty()).as("%s%n%s", result, server).isTrue();
            assertThat(result.stored() + result.discarded()).as("%s", result).isEqualTo(fired).isEqualTo(EVENTS);
            assertThat(TraceReader.open(trace).targets()).hasSize(1);
        }
    }
}
