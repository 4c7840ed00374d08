// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code record --metrics}: what Prometheus is told is what the program and the account say. */
@OneJdk
@Timeout(600)
class MetricsTest {
    private static final int EVENTS = 1_000;
    private static final Pattern URL = Pattern.compile("metrics at (http://127\\.0\\.0\\.1:[0-9]+/metrics)");

    @TempDir
    private Path directory;

    private ChildProgram java(final String... words) throws IOException {
        return ChildProgram.startServant(directory, words[0], List.of(), System.getProperty("java.class.path"),
            List.of(words));
    }

    private static String read(final String url) {
        try (InputStream in = URI.create(url).toURL().openConnection(Proxy.NO_PROXY).getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new AssertionError(url, e);
        }
    }

    /** The value of a line; -1 if there is none. */
    private static double value(final String text, final String name, final long pid) {
        return text.lines().filter(line -> line.startsWith(name + "{pid=\"" + pid + "\"} "))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf("} ") + 2))).findFirst().orElse(-1);
    }

    @Test
    void shouldTellWhatWasStoredOfEachProgramWhenSomeHaveEnded() throws Exception {
        try (ChildProgram ending = java("dev.sluice.samples.Main", "hello", "--rate", "1000", "--count",
                Integer.toString(EVENTS), "--wait");
             ChildProgram staying = java("dev.sluice.samples.Main", "latency", "--rate", "200")) {
            ending.awaitFirstLine();
            staying.awaitFirstLine();
            try (ChildProgram record = java("dev.sluice.cli.Main", "record", "-p", Long.toString(ending.pid()), "-p",
                    Long.toString(staying.pid()), "--mode", "shared", "--metrics", ":0", "-o",
                    directory.resolve("trace").toString())) {
                final String url = awaitUrl(record);
                assertThat(ending.awaitExit()).as(ending.toString()).isZero();
                final String[] text = {""};
                ChildProgram.await("the end of one is told", () -> {
                    text[0] = read(url);
                    return value(text[0], "sluice_recorded", ending.pid()) == 0;
                });
                assertThat(value(text[0], "sluice_events_stored_total", ending.pid())).as(text[0]).isEqualTo(EVENTS);
                assertThat(value(text[0], "sluice_batches_stored_total", ending.pid())).isPositive();
                assertThat(value(text[0], "sluice_stored_bytes_total", ending.pid())).isGreaterThan(EVENTS * 16.0);
                assertThat(value(text[0], "sluice_events_discarded_total", ending.pid())).isZero();
                assertThat(value(text[0], "sluice_events_overwritten_total", ending.pid())).isZero();
                assertThat(value(text[0], "sluice_recorded", staying.pid())).isEqualTo(1);
                final double before = value(text[0], "sluice_events_stored_total", staying.pid());
                ChildProgram.await("events of the other",
                    () -> value(read(url), "sluice_events_stored_total", staying.pid()) > before);
                assertThat(text[0]).contains("# TYPE sluice_events_lost_total counter",
                    "sluice_events_lost_total{cause=\"buffer_full\",pid=\"" + ending.pid() + "\"} 0.0\n",
                    "# HELP sluice_recorded ");
                record.interrupt();
                assertThat(record.awaitExit()).as(record.toString()).isEqualTo(ExitStatus.OK);
                assertThat(record.output()).contains("stored " + String.format("%,d", EVENTS) + ",");
            }
        }
    }

    private static String awaitUrl(final ChildProgram record) throws Exception {
        final String[] url = {null};
        ChildProgram.await("it says where: " + record, () -> {
            try {
                final Matcher matcher = URL.matcher(record.errors());
                url[0] = matcher.find() ? matcher.group(1) : null;
                return url[0] != null;
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
        });
        return url[0];
    }

    @Test
    void shouldRecordNothingWhenThePortIsTakenOrOfOthers() throws Exception {
        final Path trace = directory.resolve("trace");
        try (ChildProgram target = java("dev.sluice.samples.Main", "hello");
             ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            target.awaitFirstLine();
            final MainTest.Result refused = MainTest.runMain("record", "-p", Long.toString(target.pid()), "--mode",
                "shared", "--metrics", ":" + taken.getLocalPort(), "-o", trace.toString());
            assertThat(refused.status()).isEqualTo(ExitStatus.FAILED);
            assertThat(refused.text()).hasLineCount(1).contains("listening on ", "give another port to --metrics");
            for (final String port : List.of("0.0.0.0:9464", "example.org:80", ":70000", "9464", "[::]:1")) {
                final MainTest.Result wrong = MainTest.runMain("record", "-p", "1", "--metrics", port);
                assertThat(wrong.status()).as(port).isEqualTo(ExitStatus.USAGE);
                assertThat(wrong.text()).hasLineCount(1).contains("is no port of this machine");
            }
        }
        assertThat(Files.exists(trace)).isFalse();
    }
}
