// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testsupport.Seed;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClassFileParserTest {
    private final ClassFileParser parser = new ClassFileParser();

    @Test
    void shouldReportFileThenConstantsThenMethodsWhenFileIsWhole() throws IOException {
        final byte[] file = classFile("java/lang/Object");
        final List<String> events = parse(file, file.length);

        assertThat(events.get(0)).startsWith("parsed java/lang/Object " + file.length + " ");
        final int lastConstant = lastIndexOf(events, "constant ");
        assertThat(events.subList(1, lastConstant + 1)).allMatch(event -> event.startsWith("constant "));
        assertThat(events.subList(lastConstant + 1, events.size())).allMatch(event -> event.startsWith("method "))
            .contains("method hashCode 3 0", "method equals 21 11");
    }

    @Test
    void shouldReportNothingWhenFileIsCutAnywhere() throws IOException {
        final byte[] file = classFile("java/lang/Runnable");
        for (int length = 0; length < file.length; length++) {
            final int cut = length;
            final CountingListener listener = new CountingListener();
            assertThatThrownBy(() -> parser.parse(Arrays.copyOf(file, cut), cut, listener))
                .as("length=%d", cut).isInstanceOf(MalformedClassFileException.class);
            assertThat(listener.totals()).isEqualTo(EventTotals.NONE);
        }
    }

    @Test
    void shouldReportNothingWhenBytesFollowTheFile() throws IOException {
        final byte[] file = classFile("java/lang/Runnable");
        final CountingListener listener = new CountingListener();
        assertThatThrownBy(() -> parser.parse(Arrays.copyOf(file, file.length + 1), file.length + 1, listener))
            .isInstanceOf(MalformedClassFileException.class).hasMessageContaining("after the last attribute");
        assertThat(listener.totals()).isEqualTo(EventTotals.NONE);
    }

    @Test
    void shouldRefuseOrParseButNeverFailOtherwiseWhenBytesAreCorrupted() throws IOException {
        final byte[] original = classFile("java/util/Optional");
        final long seed = Seed.draw("ClassFileParserTest");
        final Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            final byte[] file = original.clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                file[random.nextInt(file.length)] = (byte) random.nextInt();
            }
            try {
                parser.parse(file, file.length, new CountingListener());
            } catch (final MalformedClassFileException e) {
                refused++;
            } catch (final RuntimeException e) {
                throw new AssertionError("seed=" + seed + " round=" + i, e);
            }
        }
        assertThat(refused).as("seed=%d", seed).isPositive();
    }

    @Test
    void shouldReadPastTheFileNeverWhenBufferIsLonger() throws IOException {
        final byte[] file = classFile("java/lang/Object");
        assertThat(parse(Arrays.copyOf(file, file.length + 1000), file.length)).isEqualTo(parse(file, file.length));
    }

    @Test
    void shouldDecodeAsTheJdkDoesWhenTextIsNotAscii() throws IOException {
        final String text = "a\u0000\u00e9\u20ac\ud83d\ude00z";
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new DataOutputStream(bytes).writeUTF(text);
        final byte[] encoded = bytes.toByteArray();
        assertThat(ModifiedUtf8.decode(encoded, 2, encoded.length - 2)).isEqualTo(text);
        assertThatThrownBy(() -> ModifiedUtf8.decode(encoded, 2, 4)).isInstanceOf(MalformedClassFileException.class);
        assertThatThrownBy(() -> ModifiedUtf8.decode(new byte[] {(byte) 0xF0}, 0, 1))
            .isInstanceOf(MalformedClassFileException.class);
    }

    private List<String> parse(final byte[] bytes, final int length) throws IOException {
        final List<String> events = new ArrayList<>();
        parser.parse(bytes, length, new ClassFileListener() {
            @Override
            public void parsed(final String name, final int fileBytes, final int methods) {
                events.add("parsed " + name + " " + fileBytes + " " + methods);
            }

            @Override
            public void constant(final int tag, final int constantLength) {
                events.add("constant " + tag + " " + constantLength);
            }

            @Override
            public void method(final String name, final int descriptorLength, final int codeLength) {
                events.add("method " + name + " " + descriptorLength + " " + codeLength);
            }
        });
        return events;
    }

    private static int lastIndexOf(final List<String> events, final String prefix) {
        int last = -1;
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).startsWith(prefix)) {
                last = i;
            }
        }
        return last;
    }

    private static byte[] classFile(final String name) throws IOException {
        return Files.readAllBytes(
            FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules/java.base/" + name + ".class"));
    }
}
