// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.JavapListing;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JavapAgreementTest {
    /** How many spaces the literals of one of these classes may end in, which javap does not print. */
    private static final long MAX_TRAILING_SPACES = 10;

    @ParameterizedTest
    @ValueSource(strings = {
        "java.lang.Object", "java.lang.String", "java.lang.Math", "java.lang.Character", "java.lang.Thread",
        "java.util.HashMap", "java.util.Optional", "java.util.function.Function", "java.time.LocalDate",
        "java.util.concurrent.ConcurrentHashMap",
    })
    void shouldFindWhatJavapPrintsWhenClassIsOfTheJdk(final String className) throws IOException {
        final JavapListing javap = JavapListing.of(className);
        final byte[] file = Files.readAllBytes(FileSystems.getFileSystem(URI.create("jrt:/"))
            .getPath("/modules/java.base/" + className.replace('.', '/') + ".class"));
        final Recorder recorder = new Recorder();

        new ClassFileParser().parse(file, file.length, recorder);

        assertThat(recorder.parsed)
            .isEqualTo(className.replace('.', '/') + " " + javap.bytes() + " " + javap.methodCount());
        assertThat(recorder.constantsByTag).isEqualTo(javap.constantsByTag());
        assertThat(recorder.constantLength - javap.constantLength()).isBetween(0L, MAX_TRAILING_SPACES);
        assertThat(recorder.methods).isEqualTo(javap.methods());
        assertThat(JrtTruth.computeFile(new ByteArrayInputStream(file))).isEqualTo(totals(javap, recorder));
    }

    private static EventTotals totals(final JavapListing javap, final Recorder recorder) {
        long descriptors = 0;
        long code = 0;
        for (final String method : javap.methods()) {
            final String[] words = method.split(" ");
            descriptors += Long.parseLong(words[1]);
            code += Long.parseLong(words[2]);
        }
        long constants = 0;
        long tags = 0;
        for (final Map.Entry<Integer, Integer> entry : javap.constantsByTag().entrySet()) {
            constants += entry.getValue();
            tags += (long) entry.getKey() * entry.getValue();
        }
        return new EventTotals(1, javap.bytes(), javap.methodCount(), javap.methodCount(), descriptors, code,
            constants, tags, recorder.constantLength);
    }

    private static final class Recorder implements ClassFileListener {
        private String parsed;
        private final Map<Integer, Integer> constantsByTag = new TreeMap<>();
        private long constantLength;
        private final List<String> methods = new ArrayList<>();

        @Override
        public void parsed(final String name, final int bytes, final int methodCount) {
            parsed = name + " " + bytes + " " + methodCount;
        }

        @Override
        public void constant(final int tag, final int length) {
            constantsByTag.merge(tag, 1, Integer::sum);
            constantLength += length;
        }

        @Override
        public void method(final String name, final int descriptorLength, final int codeLength) {
            methods.add(name + " " + descriptorLength + " " + codeLength);
        }
    }
}
