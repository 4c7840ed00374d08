// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.NativeTarget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Root loads no library that somebody else could have put there (issue 10, item 1). */
@KernelTest
@Timeout(300)
class SystemLibraryTest {
    private static final String NAME = "libbpf.so.1";

    @TempDir
    private Path directory;

    /** What the test runs in a JVM of its own: loads libbpf and says from where. */
    static final class Loader {
        private Loader() {
        }

        public static void main(final String[] arguments) throws IOException {
            System.out.println("available " + LibBpf.available());
            System.out.println(Files.readString(Path.of("/proc/self/maps")));
        }
    }

    private static Path find(final Path in) throws IOException {
        return SystemLibrary.find(NAME, List.of(in));
    }

    @Test
    void shouldTakeTheSystemsWhenBaitsOfItsNameAreInEverySearchPath() throws Exception {
        final Path source = Files.writeString(directory.resolve("bait.c"),
            "#include <stdio.h>\n__attribute__((constructor)) static void bite(void) { puts(\"BITTEN\"); }\n");
        for (final String bait : List.of(NAME, "libbpf.so", "libc.so", "libc.so.6.bait")) {
            NativeTarget.run("gcc", "-shared", "-fPIC", "-o", directory.resolve(bait).toString(), source.toString());
        }
        final String here = directory.toString();
        final Process loader = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djna.library.path=" + here, "-Djava.library.path=" + here, "-cp", System.getProperty("java.class.path"),
            Loader.class.getName()).directory(directory.toFile()).redirectErrorStream(true).start();
        final String output = new String(loader.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(loader.waitFor(180, TimeUnit.SECONDS)).isTrue();
        assertThat(output).contains("available true", LibBpf.path()).doesNotContain("BITTEN")
            .doesNotContain(here + "/lib");
    }

    @Test
    void shouldRefuseALibraryWhenOthersCanChangeItOrADirectoryAboveIt() throws IOException {
        assertThatThrownBy(() -> find(directory)).hasMessageContaining("is in none of");
        final Path below = Files.createDirectory(directory.resolve("lib"));
        final Path library = Files.createFile(below.resolve(NAME));
        assertThat(find(below)).isEqualTo(library.toRealPath());
        Files.setPosixFilePermissions(library, PosixFilePermissions.fromString("rw-rw-r--"));
        assertThatThrownBy(() -> find(below)).hasMessageContaining(library + " can be changed by others");
        Files.setPosixFilePermissions(library, PosixFilePermissions.fromString("rw-r--r--"));
        Files.setPosixFilePermissions(below, PosixFilePermissions.fromString("rwxr-xrwx"));
        assertThatThrownBy(() -> find(below)).hasMessageContaining(below + " can be changed by others");
        Files.setPosixFilePermissions(below, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setAttribute(library, "unix:uid", 65534);
        assertThatThrownBy(() -> find(below)).hasMessageContaining(library + " can be changed by others");
        final Path link = Files.createSymbolicLink(Files.createDirectory(directory.resolve("other")).resolve(NAME),
            library);
        assertThatThrownBy(() -> find(link.getParent())).as("the link is root's, what it leads to is not")
            .hasMessageContaining(library.toString());
        Files.setAttribute(library, "unix:uid", 0);
        assertThat(find(link.getParent())).isEqualTo(library.toRealPath());
    }
}
