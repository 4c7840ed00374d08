// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.ChildProgram;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The page of report --html in a real browser: no error in its console, and its plots are drawn. */
@EnabledIfSystemProperty(named = "sluice.browser", matches = "true",
    disabledReason = "the browser profile: run it with -Dsluice.browser=true, with Debian's chromium installed")
@Timeout(900)
class BrowserTest {
    private static final long WAIT_S = 240;
    private static final Path BROWSER = Path.of("/usr/bin/chromium");
    private static final int BAR = 0x3B76B5;
    private static final int LOST = 0xC62828;
    private static final EventSchema BEGIN = new EventSchema(1, "db", "query_begin", List.of(
        new FieldSchema("kind", FieldType.ENUM8, List.of("READ", "WRITE</script><script>x"))));
    private static final EventSchema END = new EventSchema(2, "db", "query_end", List.of(
        new FieldSchema("rows", FieldType.INT64), new FieldSchema("took_ns", FieldType.INT64)));

    @TempDir
    private Path directory;

    private Path trace() {
        final Path trace = directory.resolve("trace");
        final TargetInfo target = TestTraces.target();
        final Random random = new Random(1);
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(BEGIN, END));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            long ns = 0;
            for (int i = 0; i < 20_000; i++) {
                if (i % 1_000 == 999) {
                    packets.append(writer, 0);
                    if (i == 9_999) {
                        packets.skip(1, 40, 960);
                        ns += 200_000_000;
                    }
                }
                ns += (long) (50_000 * (2 + Math.sin(i / 1_500.0)));
                final long took = (long) Math.exp(9 + random.nextGaussian());
                packets.event(BEGIN, ns, 0, i % 2).event(END, ns + took, 0, (long) random.nextInt(1_000), took);
                ns += took;
            }
            packets.append(writer, 0);
            writer.stall(0, new StallInfo(300_000_000, 400_000_000, TestTraces.BEGIN_NS, TestTraces.BEGIN_NS + 1,
                Map.of(0, 7L)));
        }
        return trace;
    }

    /** Opens a page; returns what the browser has said of it. */
    private String open(final Path page, final Path picture) throws IOException, InterruptedException {
        try (ChildProgram browser = ChildProgram.start(directory, List.of(BROWSER.toString(), "--headless=new",
            "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr",
            "--user-data-dir=" + directory.resolve("profile"), "--window-size=1200,2400", "--hide-scrollbars",
            "--virtual-time-budget=1000", "--screenshot=" + picture, page.toUri().toString()))) {
            assertThat(browser.awaitExit(WAIT_S)).as(browser.toString()).isZero();
            return browser.output() + browser.errors();
        }
    }

    private static long count(final BufferedImage picture, final int color) {
        long count = 0;
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                count += (picture.getRGB(x, y) & 0xFFFFFF) == color ? 1 : 0;
            }
        }
        return count;
    }

    @Test
    void shouldDrawItsPlotsWithoutAnErrorWhenABrowserOpensThePage() throws Exception {
        assertThat(BROWSER).as("Debian's chromium is missing: install chromium").isExecutable();
        // What the test looks for is seen where it is: an error, and no plot.
        final Path faulty = Files.writeString(directory.resolve("faulty.html"),
            "<!DOCTYPE html><script>throw new Error('seeded fault')</script>");
        assertThat(open(faulty, directory.resolve("faulty.png"))).contains("CONSOLE").contains("seeded fault");
        assertThat(count(ImageIO.read(directory.resolve("faulty.png").toFile()), BAR)).isZero();

        final Path page = directory.resolve("page.html");
        final Path picture = Path.of(System.getProperty("sluice.browser.picture",
            directory.resolve("page.png").toString()));
        try (ChildProgram report = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            System.getProperty("java.class.path"), List.of("dev.sluice.cli.Main", "report", trace().toString(),
                "--html", page.toString()))) {
            assertThat(report.awaitExit()).as(report.toString()).isEqualTo(3);
            assertThat(report.output()).isEqualTo(page + "\n");
        }
        assertThat(open(page, picture)).doesNotContain("CONSOLE");
        final BufferedImage drawn = ImageIO.read(picture.toFile());
        assertThat(count(drawn, BAR)).as("bars").isGreaterThan(50_000);
        assertThat(count(drawn, LOST)).as("marks of losses").isGreaterThan(50);
    }
}
