// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BpfObjectsTest {
    private static final Path SOURCES = Path.of(System.getProperty("sluice.root"), "bpf-programs/src/main/bpf");

    private static Properties index() throws IOException {
        final Properties index = new Properties();
        try (InputStream in = BpfObjects.class.getResourceAsStream("objects.properties")) {
            index.load(in);
        }
        return index;
    }

    @Test
    void shouldBeOfTheSourcesThatLieHereWhenTheirHashSaysSo() throws Exception {
        assumeTrue(BpfObjects.available(), BpfObjects.unavailableReason());
        final MessageDigest digest = MessageDigest.getInstance("SHA-256");
        final List<Path> sources;
        try (Stream<Path> files = Files.list(SOURCES)) {
            sources = files.sorted().toList();
        }
        for (final Path source : sources) {
            digest.update((source.getFileName() + "\n").getBytes(StandardCharsets.UTF_8));
            digest.update(Files.readAllBytes(source));
        }
        assertThat(index().getProperty("sources")).isEqualTo(HexFormat.of().formatHex(digest.digest()));
    }

    @Test
    void shouldHaveAnObjectForEachProgramWhenTheyAreThere() throws Exception {
        assumeTrue(BpfObjects.available(), BpfObjects.unavailableReason());
        try (Stream<Path> files = Files.list(SOURCES)) {
            files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".bpf.c")).forEach(name ->
                assertThat(BpfObjects.read(name.substring(0, name.length() - ".bpf.c".length()))).as(name)
                    .startsWith(0x7f, 'E', 'L', 'F'));
        }
    }
}
