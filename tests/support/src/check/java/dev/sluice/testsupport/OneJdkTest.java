// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Which tests each JDK of a run takes. */
class OneJdkTest {
    private static final String DIVIDED = DividedCases.Divided.class.getName();
    private static final String TOGETHER = DividedCases.Together.class.getName();
    private static final String BY_METHOD = DividedCases.ByMethod.class.getName();

    @TempDir
    private Path directory;

    @Test
    void shouldRunEachInvocationOnOneJdkWhenTheClassIsDivided() {
        for (int parts = 1; parts <= 3; parts++) {
            final List<String> ran = ranOnAll(DividedCases.Divided.class, parts);
            // On every JDK, whatever the class says.
            final String everywhere = DIVIDED + "#everywhere";
            assertThat(ran.stream().filter(everywhere::equals)).hasSize(parts);
            ran.removeIf(everywhere::equals);
            assertThat(ran).as("%s parts", parts).containsExactlyInAnyOrder(
                DIVIDED + "#first", DIVIDED + "#second", DIVIDED + "#third",
                DIVIDED + "#repeats#1", DIVIDED + "#repeats#2", DIVIDED + "#repeats#3", DIVIDED + "#repeats#4");
        }
    }

    @Test
    void shouldGiveEachJdkItsPartWhenTheClassIsDivided() {
        for (int part = 0; part < 2; part++) {
            assertThat(ran(run(DividedCases.Divided.class, part + "/2"))).as("part %s", part)
                .filteredOn(name -> name.startsWith(DIVIDED + "#repeats")).hasSize(2);
        }
    }

    @Test
    void shouldRunAllOnOneJdkWhenTheyBelongTogether() {
        final List<List<String>> ran = new ArrayList<>();
        for (int part = 0; part < 2; part++) {
            ran.add(ran(run(DividedCases.Together.class, part + "/2")));
        }
        assertThat(ran).containsExactlyInAnyOrder(List.of(), List.of(
            TOGETHER + "#first", TOGETHER + "#repeats#1", TOGETHER + "#repeats#2"));
    }

    @Test
    void shouldDivideOneMethodOnlyWhenTheAnnotationIsItsOwn() {
        assertThat(ranOnAll(DividedCases.ByMethod.class, 2)).containsExactlyInAnyOrder(
            BY_METHOD + "#divided", BY_METHOD + "#whole", BY_METHOD + "#whole");
    }

    @Test
    void shouldSayThatATestIsLeftWhenItIsTheTurnOfAnother() {
        for (int part = 0; part < 2; part++) {
            final String share = "share " + (part + 1) + " of 2";
            assertThat(run(DividedCases.Divided.class, part + "/2")).as(share).isNotEmpty().allMatch(line ->
                line.startsWith("ran ") || line.endsWith(" left to another JDK of this run: " + share));
            assertThat(run(DividedCases.Together.class, part + "/2")).as(share).isNotEmpty().allMatch(line ->
                line.startsWith("ran ") || line.startsWith("left kernel " + TOGETHER + "#"));
        }
    }

    @Test
    void shouldRefuseAShareThatIsNone() {
        for (final String text : List.of("2/2", "-1/2", "1", "0/0", "a/b")) {
            assertThatThrownBy(() -> Share.of(text)).as(text).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private List<String> ranOnAll(final Class<?> tests, final int parts) {
        return new ArrayList<>(IntStream.range(0, parts).boxed()
            .flatMap(part -> ran(run(tests, part + "/" + parts)).stream()).toList());
    }

    private static List<String> ran(final List<String> lines) {
        return lines.stream().filter(line -> line.startsWith("ran ")).map(line -> line.split(" ")[2]).sorted().toList();
    }

    private List<String> run(final Class<?> tests, final String share) {
        try {
            final Path file = Files.createTempDirectory(directory, "run").resolve("tests.txt");
            final LauncherConfig config = LauncherConfig.builder().enableTestExecutionListenerAutoRegistration(false)
                .addTestExecutionListeners(new OutcomeListener(file)).build();
            final LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(tests)).configurationParameter(Share.PROPERTY, share).build();
            LauncherFactory.create(config).execute(request);
            return Files.readAllLines(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
