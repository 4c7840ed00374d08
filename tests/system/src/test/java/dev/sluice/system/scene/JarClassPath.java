// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** The class path of the tests as it is outside of tests: of jars alone. */
public final class JarClassPath {
    private JarClassPath() {
    }

    /**
     * The jars of the class path, in its order.
     *
     * @param directory where directories of classes are packed into jars
     */
    public static List<Path> in(final Path directory) throws IOException {
        final List<Path> jars = new ArrayList<>();
        for (final String text : System.getProperty("java.class.path").split(":")) {
            final Path entry = Path.of(text);
            if (Files.isDirectory(entry)) {
                jars.add(pack(entry, directory.resolve("part" + jars.size() + ".jar")));
            } else if (Files.exists(entry)) {
                jars.add(entry);
            }
            // A module without classes of its own has its directory on the class path all the same.
        }
        return jars;
    }

    private static Path pack(final Path classes, final Path jar) throws IOException {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
             Stream<Path> files = Files.walk(classes)) {
            for (final Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
                Files.copy(file, out);
            }
        }
        return jar;
    }
}
