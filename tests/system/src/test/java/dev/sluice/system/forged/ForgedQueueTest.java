// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.forged;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.store.ForgedTrace;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lies in what the queue keeps for itself: its header and index before the first document, its metadata file, and a
 * file that ends anywhere. Whole documents are found all the same.
 */
@OneJdk
@Timeout(3600)
class ForgedQueueTest {
    private static final boolean IS_LONG = Boolean.getBoolean("sluice.long");
    private static final int WORDS = IS_LONG ? 150 : 4;
    private static final int CUTS = IS_LONG ? 150 : 4;
    private static final int WORD = Integer.BYTES;
    private static final int META = 0x4000_0000;
    private static final int NOT_COMPLETE = 0x8000_0000;
    private static final int LENGTH_MASK = META - 1;

    @TempDir
    private Path temp;

    private final long seed = Seed.draw("ForgedQueueTest");
    private final Random random = new Random(seed);
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

    private static ByteBuffer words(final byte[] file) {
        return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Offsets of the words before documents, the queue's own too, and of the end. */
    private static List<Integer> boundaries(final byte[] file) {
        final ByteBuffer words = words(file);
        final List<Integer> boundaries = new ArrayList<>();
        int offset = 0;
        while (words.getInt(offset) != 0) {
            boundaries.add(offset);
            offset += WORD + (words.getInt(offset) & LENGTH_MASK) + WORD - 1 & -WORD;
        }
        boundaries.add(offset);
        return boundaries;
    }

    private byte[] sound() {
        return ForgedTrace.file(scene.queueHead(), scene.forged().sound());
    }

    /** Every event of the sound trace is there. */
    private void checkWhole(final String name, final Path trace) throws Exception {
        final JsonNode report = scene.readAll(name, trace);
        assertThat(report).as(name).isNotNull();
        assertThat(report.get("stored").asLong()).as(name + report)
            .isEqualTo(ForgedTrace.EVENTS + ForgedTrace.WITNESSES);
    }

    private int[] extremes(final int value) {
        return new int[] {0, 1, -1, value ^ META, value ^ NOT_COMPLETE, value + 1, value - 1, Integer.MAX_VALUE,
            Integer.MIN_VALUE, META, META | LENGTH_MASK, NOT_COMPLETE | META, LENGTH_MASK, random.nextInt()};
    }

    /** Also the words before the header and the indexes, which say how long those are. */
    @Test
    void shouldFindEveryEventWhenAWordOfTheQueuesOwnIsForged() throws Exception {
        final byte[] sound = sound();
        final int head = scene.queueHead().length;
        final List<Integer> offsets = new ArrayList<>();
        for (int offset = 0; offset < head; offset += WORD) {
            // An index is long and empty: its begin stands for the rest of it.
            if (words(sound).getInt(offset) != 0 || random.nextInt(100) == 0) {
                offsets.add(offset);
            }
        }
        Collections.shuffle(offsets, random);
        final List<Integer> framing = boundaries(sound).stream().filter(offset -> offset < head).toList();
        offsets.removeAll(framing);
        final List<Integer> chosen = new ArrayList<>(framing);
        chosen.addAll(offsets.subList(0, Math.min(WORDS, offsets.size())));
        for (final int offset : chosen) {
            final int[] extremes = extremes(words(sound).getInt(offset));
            final int values = framing.contains(offset) && IS_LONG ? extremes.length : 1;
            for (int i = 0; i < values; i++) {
                final int value = values > 1 ? extremes[i] : extremes[random.nextInt(extremes.length)];
                final byte[] forged = sound.clone();
                words(forged).putInt(offset, value);
                checkWhole("word " + offset + " = " + value + ", seed " + seed, scene.write(forged));
            }
        }
        System.out.println(framing.size() + " documents of the queue in " + head + " bytes, " + offsets.size()
            + " other words");
    }

    @Test
    void shouldFindEveryEventWhenTheQueuesOwnIsMissingOrRandom() throws Exception {
        final byte[] sound = sound();
        final int head = scene.queueHead().length;
        checkWhole("nothing of the queue", scene.write(ForgedTrace.file(new byte[0], scene.forged().sound())));
        final byte[] zeros = sound.clone();
        Arrays.fill(zeros, 0, head, (byte) 0);
        checkWhole("zeros", scene.write(zeros));
        for (int i = 0; i < (IS_LONG ? 20 : 2); i++) {
            final byte[] forged = sound.clone();
            final byte[] bytes = new byte[head];
            random.nextBytes(bytes);
            System.arraycopy(bytes, 0, forged, 0, head);
            checkWhole("random bytes, seed " + seed, scene.write(forged));
        }
    }

    /** What lies before the cut is read, and nothing else is said to be there. */
    @Test
    void shouldFindWhatIsWholeWhenTheFileEndsAnywhere() throws Exception {
        final byte[] sound = sound();
        final List<Integer> cuts = new ArrayList<>();
        for (final int boundary : boundaries(sound)) {
            for (final int beside : new int[] {-8, -1, 0, 1, 3, 4, 5, 8, 12, 24, 28}) {
                if (boundary + beside >= 0 && boundary + beside <= sound.length) {
                    cuts.add(boundary + beside);
                }
            }
        }
        Collections.shuffle(cuts, random);
        for (final int cut : cuts.subList(0, Math.min(CUTS, cuts.size()))) {
            final String name = "cut at " + cut + " of " + sound.length + ", seed " + seed;
            final JsonNode report = scene.readAll(name, scene.write(Arrays.copyOf(sound, cut)));
            final long stored = report == null ? 0 : report.get("stored").asLong();
            assertThat(stored).as(name).isEqualTo(eventsBefore(sound, cut));
        }
        System.out.println("of " + cuts.size() + " cuts");
    }

    /** Events of the packets that are whole before an offset. */
    private long eventsBefore(final byte[] sound, final int cut) {
        final List<Integer> boundaries = boundaries(sound);
        final int first = boundaries.indexOf(scene.queueHead().length);
        long events = 0;
        for (int i = 0; i < scene.forged().sound().size(); i++) {
            final boolean isWhole = boundaries.get(first + i + 1) <= cut;
            final int count = scene.forged().sound().get(i).names().indexOf("EVENT_COUNT");
            events += isWhole && count >= 0 ? scene.forged().sound().get(i).number(count) : 0;
        }
        return events;
    }

    /** No reader needs what the queue notes about itself beside its files. */
    @Test
    void shouldFindEveryEventWhateverTheMetadataFileSays() throws Exception {
        final Map<String, byte[]> contents = new LinkedHashMap<>();
        contents.put("nothing", new byte[0]);
        contents.put("zeros", new byte[1 << 16]);
        contents.put("a document of the greatest length", words(new byte[1 << 12]).putInt(LENGTH_MASK).array());
        contents.put("an incomplete one", words(new byte[1 << 12]).putInt(NOT_COMPLETE | META).array());
        contents.put("a queue's file", sound());
        contents.put("a type that there may be",
            ("\u0018\u0000\u0000@\u00b9header\u00b6\u0010java.lang.Thread").getBytes(StandardCharsets.ISO_8859_1));
        final byte[] real = Files.readAllBytes(temp.resolve("empty/0000/metadata.cq4t"));
        contents.put("half of what it was", Arrays.copyOf(real, real.length / 2));
        for (int i = 0; i < (IS_LONG ? 50 : 3); i++) {
            final byte[] forged = real.clone();
            for (int j = 0; j < 4; j++) {
                words(forged).putInt(random.nextInt(256) & -WORD, extremes(0)[random.nextInt(14)]);
            }
            contents.put("forged words " + i, forged);
        }
        for (final Map.Entry<String, byte[]> content : contents.entrySet()) {
            final Path trace = scene.write(sound());
            Files.write(trace.resolve("0000/metadata.cq4t"), content.getValue());
            checkWhole("metadata: " + content.getKey() + ", seed " + seed, trace);
            assertThat(Files.readAllBytes(trace.resolve("0000/metadata.cq4t"))).as(content.getKey())
                .isEqualTo(content.getValue());
        }
    }
}
