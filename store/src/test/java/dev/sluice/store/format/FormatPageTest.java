// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.region.RefusalCause;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Codes and offsets in docs/format.md are those of the sources. */
class FormatPageTest {
    private static final Pattern KIND = Pattern.compile("^\\| (\\d+) \\| ([A-Z]+) \\|", Pattern.MULTILINE);
    private static final Pattern PACKET_ROW = Pattern.compile("^\\| (\\d+) \\| \\d \\|", Pattern.MULTILINE);

    private String page;

    @BeforeEach
    void read() throws IOException {
        page = Files.readString(Path.of(System.getProperty("sluice.root"), "docs/format.md"));
    }

    /** What stands in one paragraph behind a word and a colon, up to the first full stop. */
    private String sentence(final String begin) {
        final int from = page.indexOf(begin) + begin.length();
        return page.substring(from, page.indexOf('.', from)).replaceAll("\\s+", " ").trim();
    }

    @Test
    void shouldHaveEachKindOfDocumentWithItsCode() {
        final Map<Integer, String> kinds = new TreeMap<>();
        final Matcher row = KIND.matcher(page);
        while (row.find()) {
            kinds.put(Integer.valueOf(row.group(1)), row.group(2));
        }
        assertThat(kinds).isEqualTo(Arrays.stream(DocumentKind.values())
            .collect(Collectors.toMap(DocumentKind::code, DocumentKind::name)));
    }

    @Test
    void shouldHaveEachCauseAndEndWithItsCode() {
        assertThat(sentence("Causes of a loss:")).isEqualTo(Arrays.stream(LossCause.values())
            .map(cause -> cause.code() + " " + cause.label()).collect(Collectors.joining(", ")));
        assertThat(sentence("Causes of a refusal:")).isEqualTo(Arrays.stream(RefusalCause.values())
            .map(cause -> cause.storedCode() + " " + cause.label()).collect(Collectors.joining(", ")));
        assertThat(sentence("Ends:")).isEqualTo(Arrays.stream(EndKind.values()).map(kind -> kind.code() + " "
            + kind.name().toLowerCase(Locale.ROOT).replace('_', ' ')).collect(Collectors.joining(", ")));
    }

    @Test
    void shouldHaveTheOffsetsOfAPacketsHeader() {
        final String section = page.substring(page.indexOf("## Packets"), page.indexOf("Events begin at"));
        final List<Integer> offsets =
            PACKET_ROW.matcher(section).results().map(row -> Integer.valueOf(row.group(1))).toList();
        assertThat(offsets).containsExactly(PacketHeaderDescriptor.MAGIC_OFFSET,
            PacketHeaderDescriptor.STREAM_ID_OFFSET, PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET,
            PacketHeaderDescriptor.CONTENT_SIZE_OFFSET, PacketHeaderDescriptor.PACKET_SIZE_OFFSET,
            PacketHeaderDescriptor.SEQUENCE_OFFSET, PacketHeaderDescriptor.EVENTS_DISCARDED_OFFSET,
            PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET, PacketHeaderDescriptor.OVERWRITTEN_OFFSET,
            PacketHeaderDescriptor.EVENT_COUNT_OFFSET, PacketHeaderDescriptor.TID_OFFSET,
            PacketHeaderDescriptor.RING_OFFSET, PacketHeaderDescriptor.HEADER_LENGTH_OFFSET,
            PacketHeaderDescriptor.JAVA_THREAD_ID_OFFSET, PacketHeaderDescriptor.GENERATION_OFFSET);
    }

    @Test
    void shouldHaveTheBytesOfNull() {
        final HexFormat hex = HexFormat.ofDelimiter(" ").withUpperCase();
        assertThat(page).contains("`" + hex.formatHex(NullValue.bytes()) + "`")
            .contains("`" + hex.formatHex(NullValue.TEXT.getBytes(StandardCharsets.UTF_8)) + "`");
    }
}
