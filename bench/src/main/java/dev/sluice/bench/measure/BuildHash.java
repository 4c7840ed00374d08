// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Which build this is, where no commit says so: by the bytes of all that is on the class path. Stateless. */
public final class BuildHash {
    private static final int DIGITS = 12;

    private BuildHash() {
    }

    /** That of this JVM. */
    public static String ofThis() throws IOException {
        return of(System.getProperty("java.class.path"));
    }

    /** That of jars and directories, in hexadecimal digits. An entry that is not there is nothing. */
    static String of(final String classPath) throws IOException {
        final MessageDigest digest = sha256();
        for (final String entry : classPath.split(File.pathSeparator)) {
            final Path root = Path.of(entry);
            if (Files.exists(root)) {
                try (Stream<Path> files = Files.walk(root)) {
                    final List<Path> all = files.filter(Files::isRegularFile).sorted().toList();
                    for (final Path file : all) {
                        digest.update(root.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
                        add(file, digest);
                    }
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
    }

    private static void add(final Path file, final MessageDigest digest) throws IOException {
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
