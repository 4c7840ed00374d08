// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.forged;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.cli.Main;
import dev.sluice.store.ForgedDocument;
import dev.sluice.store.ForgedTrace;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Traces that lie in each value of each kind of document, in turn and at random, read by every command that reads:
 * none crashes, hangs, takes much memory or steers a terminal, and what is whole is found.
 */
@OneJdk
@Timeout(10_800)
class ForgedTraceTest {
    private static final boolean IS_LONG = Boolean.getBoolean("sluice.long");
    private static final int SAMPLE = IS_LONG ? Integer.MAX_VALUE : 25;
    private static final int RANDOM = IS_LONG ? 2000 : 15;
    private static final int MOST_FAULTS = 10;
    private static final Set<String> OTHER_COMMANDS =
        Set.of("demo", "doctor", "sample", "list", "stat", "top", "record", "control", "run", "trap", "help");

    @TempDir
    private Path temp;

    private final long seed = Seed.draw("ForgedTraceTest");
    private final Random random = new Random(seed);
    private final List<String> faults = new ArrayList<>();
    private ForgedScene scene;

    @BeforeEach
    void makeScene() throws Exception {
        scene = new ForgedScene(temp);
    }

    @AfterEach
    void stop() {
        System.out.println(scene);
        scene.close();
    }

    /** Goes on after a fault, so that one run shows more than one. */
    private void tryCheck(final ForgedTrace.Case one) throws Exception {
        try {
            check(one);
        } catch (final AssertionError e) {
            // A long run may be ended before it tells them.
            System.out.println(e.getMessage());
            faults.add(e.getMessage());
            scene.restart();
        }
        if (faults.size() == MOST_FAULTS) {
            stopAtFaults();
        }
    }

    private void stopAtFaults() {
        assertThat(faults).as("seed " + seed).isEmpty();
    }

    private void check(final ForgedTrace.Case one) throws Exception {
        final JsonNode report = scene.readAll(one.name(), scene.write(one.documents()));
        if (one.isOtherVersion()) {
            assertThat(report).as(one.name()).isNull();
        } else if (one.keepsWitness()) {
            assertThat(report).as(one.name()).isNotNull();
            assertThat(ForgedScene.count(report, ForgedTrace.WITNESS)).as(one.name() + report)
                .isEqualTo(ForgedTrace.WITNESSES);
            if (report.get("stored").asLong() < ForgedTrace.EVENTS + ForgedTrace.WITNESSES) {
                assertThat(report.get("damage")).as(one.name() + report).isNotEmpty();
            }
        }
    }

    /** A new command is either read with here, or named as one that reads no trace. */
    @Test
    void shouldKnowEveryCommandThatReadsTraces() {
        final Set<String> all = new HashSet<>(OTHER_COMMANDS);
        all.addAll(ReadingCommands.NAMES);
        assertThat(Main.withAllCommands().getSubcommands().keySet()).isEqualTo(all);
    }

    @Test
    void shouldSalvageTheSoundTrace() throws Exception {
        final Path trace = scene.write(scene.forged().sound());
        final JsonNode report = scene.readAll("sound", trace);
        assertThat(report.get("stored").asLong()).isEqualTo(ForgedTrace.EVENTS + ForgedTrace.WITNESSES);
        assertThat(report.get("damage")).as(report.toString()).isEmpty();
        final ReadingChild.Result salvage = scene.child().run("sound", "salvage", scene.region().toString(), "--trace",
            trace.toString(), "-o", temp.resolve("whole").toString());
        assertThat(salvage.out()).as(salvage.err()).contains("documents copied");
    }

    /** One word of a head, which no checksum covers, cost everything of the other target; a schema's its events. */
    @Test
    void shouldFindATargetWhenAHeadBeforeItNamesIt() throws Exception {
        for (final int at : new int[] {3, 4, 5, 6}) {
            check(scene.forged().withHead(at, ForgedDocument.Head.TARGET, 1));
        }
    }

    @Test
    void shouldFindWhatIsWholeWhenOneValueIsForged() throws Exception {
        final List<ForgedTrace.Case> cases = scene.forged().single(random);
        final int all = cases.size();
        Collections.shuffle(cases, random);
        for (final ForgedTrace.Case one : cases.subList(0, Math.min(SAMPLE, all))) {
            tryCheck(one);
        }
        stopAtFaults();
        System.out.println("of " + all + " values at their extremes");
    }

    @Test
    void shouldReadOrRefuseWhenDocumentsContradictEachOther() throws Exception {
        for (int i = 0; i < RANDOM; i++) {
            tryCheck(scene.forged().random(random));
        }
        stopAtFaults();
    }
}
