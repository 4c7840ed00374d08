// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.foreign;

import dev.sluice.bench.measure.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Sources of programs that lie beside this class, and their compilers. Stateless: any thread. */
public final class SourceFile {
    private static final int COMPILE_S = 120;

    private SourceFile() {
    }

    /** Writes a source to a directory; returns where it is. */
    static Path write(final String name, final Path directory) throws IOException {
        try (InputStream in = SourceFile.class.getResourceAsStream(name)) {
            return Files.write(directory.resolve(name), in.readAllBytes());
        }
    }

    /** Compiles with gcc. */
    static void compileC(final Path source, final Path program, final List<String> flags)
        throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(List.of("gcc", "-O2", "-Wall", "-I",
            source.getParent().toString(), "-o", program.toString(), source.toString()));
        command.addAll(flags);
        Tool.run(COMPILE_S, command);
    }

    /**
     * Compiles a BPF program with clang.
     *
     * @return the object's bytes
     * @throws IllegalStateException if that fails, with what clang says
     */
    public static byte[] compileBpf(final String name, final Path directory) throws IOException, InterruptedException {
        final Path source = write(name, directory);
        final Path object = directory.resolve(name + ".o");
        final String machine = "amd64".equals(System.getProperty("os.arch")) ? "x86_64" : System.getProperty("os.arch");
        Tool.run(COMPILE_S, List.of("clang", "-O2", "-g", "-Wall", "-target", "bpf", "-idirafter",
            "/usr/include/" + machine + "-linux-gnu", "-c", source.toString(), "-o", object.toString()));
        return Files.readAllBytes(object);
    }
}
