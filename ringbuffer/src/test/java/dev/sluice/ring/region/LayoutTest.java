// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.clock.TickerState;
import dev.sluice.ring.control.ConsumerWordsDescriptor;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One golden file of every offset in shared memory, tested from Java and from C. */
class LayoutTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/layout.txt");
    private static final Class<?>[] DESCRIPTORS = {
        ControlFileDescriptor.class, ConsumerWordsDescriptor.class, RegionDescriptor.class, SlotDescriptor.class,
        JournalDescriptor.class, ChunkDescriptor.class, PacketHeaderDescriptor.class, ClockTriple.class,
        TickerState.class, ErrorLogDescriptor.class};

    @Test
    void shouldHaveTheGoldenLayoutInJava() throws IOException, IllegalAccessException {
        final List<String> lines = new ArrayList<>();
        for (final Class<?> descriptor : DESCRIPTORS) {
            for (final Field field : descriptor.getDeclaredFields()) {
                final String name = field.getName();
                final boolean isOffset = name.endsWith("_OFFSET");
                if (Modifier.isPublic(field.getModifiers()) && field.getType() == int.class
                    && (isOffset || "LENGTH".equals(name) || "HEADER_LENGTH".equals(name))) {
                    final String member = isOffset ? name.substring(0, name.length() - "_OFFSET".length()) : name;
                    lines.add(descriptor.getSimpleName().replace("Descriptor", "") + '.'
                        + member.toLowerCase(Locale.ROOT) + ' ' + field.getInt(null));
                }
            }
        }
        assertThat(lines).containsExactlyElementsOf(Files.readAllLines(GOLDEN));
    }

    @Test
    void shouldHaveTheGoldenLayoutInC(@TempDir final Path directory) throws IOException, InterruptedException {
        final Path program = directory.resolve("layout");
        assertThat(run("gcc", "-Wall", "-Wextra", "-Werror", "-o", program.toString(), "src/test/c/layout.c"))
            .isEmpty();
        assertThat(run(program.toString())).isEqualTo(Files.readString(GOLDEN));
    }

    @Test
    void shouldKeepWordsOfDifferentWritersTwoCacheLinesApart() {
        final int line = ControlFileDescriptor.LINE_LENGTH;
        assertThat(ControlFileDescriptor.HEARTBEAT_OFFSET - ControlFileDescriptor.SESSION_OFFSET)
            .isGreaterThanOrEqualTo(line);
        assertThat(SlotDescriptor.HEAD_OFFSET - SlotDescriptor.TAIL_OFFSET).isGreaterThanOrEqualTo(line);
        assertThat(SlotDescriptor.DRAIN_LOCK_OFFSET - SlotDescriptor.HEAD_OFFSET).isGreaterThanOrEqualTo(line);
        assertThat(ControlFileDescriptor.CREDITS_CLAIMED_OFFSET - ControlFileDescriptor.TARGET_HEARTBEAT_OFFSET)
            .isGreaterThanOrEqualTo(line);
    }

    private static String run(final String... command) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(180, TimeUnit.SECONDS)).as("%s ends", command[0]).isTrue();
        assertThat(process.exitValue()).as("%s: %s", command[0], output).isZero();
        return output;
    }
}
