// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/layout.md, from which targets are written in other languages, says what the descriptors say. */
class LayoutPageTest {
    private static final Path PAGE = Path.of(System.getProperty("sluice.root"), "docs", "layout.md");
    private static final Pattern DESCRIPTOR = Pattern.compile("\\(`(\\w+Descriptor)`\\)");
    private static final Pattern ROW = Pattern.compile("\\| \\+?(\\d+) \\| ([^|]+) \\| ([A-Z_]+) \\|(.*)\\|");
    private static final Pattern MAGIC = Pattern.compile(" `0x([0-9A-F]+)`.*");
    /** In the page's order. */
    private static final List<Class<?>> DESCRIPTORS = List.of(ControlFileDescriptor.class, RegionDescriptor.class,
        SlotDescriptor.class, ChunkDescriptor.class, PacketHeaderDescriptor.class);
    private static final Set<String> NO_WORDS = Set.of("HEADER_RESERVED");

    @Test
    void shouldHaveEveryOffsetOfTheDescriptorsWhenItIsRead() throws Exception {
        final Set<String> seen = new HashSet<>();
        final List<Class<?>> descriptors = new ArrayList<>();
        Class<?> descriptor = null;
        for (final String line : Files.readAllLines(PAGE)) {
            final Matcher title = DESCRIPTOR.matcher(line);
            if (title.find()) {
                descriptor = DESCRIPTORS.stream().filter(known -> known.getSimpleName().equals(title.group(1)))
                    .findFirst().orElseThrow(() -> new AssertionError("no layout of shared memory: " + line));
                descriptors.add(descriptor);
            }
            final Matcher row = ROW.matcher(line);
            if (row.matches()) {
                final String name = row.group(3);
                assertThat(constant(descriptor, name + "_OFFSET")).as(line).isEqualTo(Long.parseLong(row.group(1)));
                assertThat(seen.add(descriptor.getSimpleName() + '.' + name)).as(line).isTrue();
                final Matcher magic = MAGIC.matcher(row.group(4));
                if (name.equals("MAGIC") && magic.matches()) {
                    assertThat(Long.toHexString(constant(descriptor, "MAGIC")).toUpperCase(Locale.ROOT)).as(line)
                        .endsWith(magic.group(1));
                }
            }
        }
        assertThat(descriptors).isEqualTo(DESCRIPTORS);
        assertThat(missing(descriptors, seen)).isEmpty();
    }

    private static long constant(final Class<?> descriptor, final String name) throws ReflectiveOperationException {
        return ((Number) descriptor.getField(name).get(null)).longValue();
    }

    /** Offsets of words that the page does not have. */
    private static List<String> missing(final List<Class<?>> descriptors, final Set<String> seen) {
        final List<String> missing = new ArrayList<>();
        for (final Class<?> descriptor : descriptors) {
            for (final var field : descriptor.getFields()) {
                final String name = field.getName().replaceAll("_OFFSET$", "");
                // SCHEMA_OFFSET itself is where the log is, which the row of the header's word says.
                final boolean isPlace = seen.contains(descriptor.getSimpleName() + '.' + field.getName());
                if (field.getName().endsWith("_OFFSET") && field.getType() == int.class && !isPlace
                    && !NO_WORDS.contains(name) && !seen.contains(descriptor.getSimpleName() + '.' + name)) {
                    missing.add(descriptor.getSimpleName() + '.' + field.getName());
                }
            }
        }
        return missing;
    }
}
