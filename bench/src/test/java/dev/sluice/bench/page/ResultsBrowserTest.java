// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The page of results in a real browser: no error in its console, and its plots are drawn. */
@EnabledIfSystemProperty(named = "sluice.browser", matches = "true",
    disabledReason = "the browser profile: run it with -Dsluice.browser=true, with Debian's chromium installed")
@Timeout(900)
class ResultsBrowserTest {
    private static final long WAIT_S = 240;
    private static final Path BROWSER = Path.of("/usr/bin/chromium");
    /** Of the measured points and of the model. */
    private static final List<Integer> DRAWN = List.of(0x0072B2, 0xD55E00);

    @TempDir
    private Path directory;

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
        final Path page = Files.writeString(directory.resolve("report.html"),
            ResultsPage.of(ResultsPageTest.results("</script><script>x")));
        final Path picture = Path.of(System.getProperty("sluice.browser.picture",
            directory.resolve("page.png").toString()));
        try (ChildProgram browser = ChildProgram.start(directory, List.of(BROWSER.toString(), "--headless=new",
            "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr",
            "--user-data-dir=" + directory.resolve("profile"), "--window-size=1200,13000", "--hide-scrollbars",
            "--virtual-time-budget=1000", "--screenshot=" + picture, page.toUri().toString()))) {
            assertThat(browser.awaitExit(WAIT_S)).as(browser.toString()).isZero();
            assertThat(browser.output() + browser.errors()).doesNotContain("CONSOLE");
        }
        final BufferedImage drawn = ImageIO.read(picture.toFile());
        DRAWN.forEach(color -> assertThat(count(drawn, color)).as(Integer.toHexString(color)).isGreaterThan(1_000));
    }
}
