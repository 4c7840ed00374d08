// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.release;

import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What {@code sluice package} makes of a copy of the sources. */
final class Release {
    /** A build that shares two processors with others. */
    static final long BUILD_TIMEOUT_S = 900;

    private final Path packages;

    private Release(final Path packages) {
        this.packages = packages;
    }

    /**
     * Copies the sources that are tested, and makes the packages there.
     *
     * @param checkout    a new directory
     * @param environment variables of the build, "NAME=value"
     * @param umask       rights that the build's files do not have
     */
    static Release make(final Path checkout, final List<String> environment, final String umask)
        throws IOException, InterruptedException {
        Files.createDirectories(checkout);
        final List<String> command = new ArrayList<>(List.of("env"));
        command.addAll(environment);
        command.add("SLUICE_JAVA_HOME=" + System.getProperty("java.home"));
        command.addAll(List.of("bash", "-c", "set -euo pipefail; umask " + umask + "; root=$1; . $1/scripts/sources.sh;"
            + " copy_sources $2; exec $2/sluice --no-install package", "bash",
            ChildProgram.root().toString(), checkout.toString()));
        try (ChildProgram build = ChildProgram.start(checkout.getParent(), command)) {
            if (build.awaitExit(BUILD_TIMEOUT_S) != 0) {
                throw new AssertionError(build.toString());
            }
        }
        return new Release(checkout.resolve("target/package"));
    }

    /** The tar.gz. */
    Path tarball() throws IOException {
        return only(".tar.gz");
    }

    /** The .deb. */
    Path deb() throws IOException {
        return only(".deb");
    }

    /** What is published, as a repository has it. */
    Path repository() {
        return packages.resolve("maven");
    }

    /** All files of {@link #repository}, relative to it, in order. */
    List<Path> published() throws IOException {
        try (Stream<Path> files = Files.walk(repository())) {
            return files.filter(Files::isRegularFile).map(repository()::relativize).sorted().toList();
        }
    }

    private Path only(final String suffix) throws IOException {
        try (Stream<Path> files = Files.list(packages)) {
            final List<Path> found = files.filter(file -> file.toString().endsWith(suffix)).toList();
            if (found.size() != 1) {
                throw new AssertionError("one " + suffix + " in " + packages + ": " + found);
            }
            return found.get(0);
        }
    }

    /** Unpacks the tar.gz into a new directory; returns the directory that it has in it. */
    Path unpack(final Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        try (ChildProgram tar = ChildProgram.start(directory.getParent(),
            List.of("tar", "-C", directory.toString(), "-xzf", tarball().toString()))) {
            if (tar.awaitExit() != 0) {
                throw new AssertionError(tar.toString());
            }
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.findFirst().orElseThrow();
        }
    }
}
