// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.forged;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.store.ForgedMass;
import dev.sluice.store.ForgedTrace;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** However many documents of a kind a trace has, and however large they are: readers need bounded memory and time. */
@OneJdk
@Timeout(1800)
class ForgedMassTest {
    private static final boolean IS_LONG = Boolean.getBoolean("sluice.long");
    private static final int MANY = IS_LONG ? 60_000 : 20_000;
    private static final int LARGE = IS_LONG ? 20 : 6;

    @TempDir
    private Path temp;

    private ForgedScene scene;

    @AfterEach
    void stop() {
        if (scene != null) {
            System.out.println(scene);
            scene.close();
        }
    }

    /** Kinds of which a few large documents once ended the reading JVM; the others are for the long profile. */
    private static void assumeSelected(final DocumentKind kind, final boolean isSelected) {
        Assumptions.assumeTrue(IS_LONG || isSelected, kind + " is for the long profile (-Dsluice.long=true)");
    }

    private void check(final DocumentKind kind, final int count, final boolean isLarge) throws Exception {
        scene = new ForgedScene(temp);
        final Path trace = temp.resolve("t");
        new ForgedMass(scene.queueHead(), scene.forged(), scene.id())
            .write(Files.createDirectories(trace.resolve("0000")).resolve("forged.cq4"), kind, count, isLarge);
        final JsonNode report = scene.readAll(count + (isLarge ? " large " : " small ") + kind, trace);
        assertThat(ForgedScene.count(report, ForgedTrace.WITNESS)).isEqualTo(ForgedTrace.WITNESSES);
    }

    @ParameterizedTest
    @EnumSource
    void shouldNeedBoundedMemoryWhenDocumentsAreMany(final DocumentKind kind) throws Exception {
        assumeSelected(kind, kind == DocumentKind.LOSS);
        check(kind, MANY, false);
    }

    @ParameterizedTest
    @EnumSource
    void shouldNeedBoundedMemoryWhenDocumentsAreLarge(final DocumentKind kind) throws Exception {
        assumeSelected(kind, kind == DocumentKind.TARGET || kind == DocumentKind.SCHEMA || kind == DocumentKind.PACKET
            || kind == DocumentKind.LOSS);
        check(kind, kind == DocumentKind.SCHEMA || kind == DocumentKind.TARGET ? LARGE : 20, true);
    }

    /** A packet of every ring is held at a time: what does not fit is a sentence, and no end of the JVM. */
    @Test
    void shouldReadOrSayThatMemoryIsShortWhenRingsWithLongPacketsAreVeryMany() throws Exception {
        scene = new ForgedScene(temp);
        final Path trace = temp.resolve("t");
        new ForgedMass(scene.queueHead(), scene.forged(), scene.id())
            .writeRings(Files.createDirectories(trace.resolve("0000")).resolve("forged.cq4"), 1000);
        final ReadingChild.Result report = scene.child().run("many rings", "report", trace.toString(), "--json");
        assertThat(report.status()).as(report.err()).isEqualTo(1);
        assertThat(report.err()).contains("too little memory", "-Xmx");
        assertThat(scene.child().run("many rings", "print", trace.toString()).status()).isEqualTo(1);
    }
}
