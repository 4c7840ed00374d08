// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * An archive of the classes that the command loads, for the JVMs that tests start to run it: they map its classes
 * instead of reading and checking each, which is nearly half of the processor time of a recorder's start. Decision 0187
 * has the figures. The first one to need the archive makes it, in the build directory; others wait for it. A JVM that
 * cannot use it does without, and where none can be made there is none.
 * <p>
 * Traced programs do without: how and when their classes are loaded is among what is tested.
 */
final class ClassArchive {
    private static final String CLASS_PATH = System.getProperty("java.class.path");
    private static final String COMMAND = "dev.sluice.cli.Main";
    /** A class that is given an empty directory, and loads what most commands load; null: no archive is wanted. */
    private static final String LOADER = System.getProperty("sluice.archive.loader");
    private static final long TIMEOUT_S = 600;
    private static ClassArchive ours;

    private final Path file;
    private final String classPath;

    private ClassArchive(final Path file, final String classPath) {
        this.file = file;
        this.classPath = classPath;
    }

    /** The archive for a JVM with a class path and a main class; null if it has to do without. */
    static synchronized ClassArchive of(final String classPath, final String main) throws IOException {
        if (LOADER == null || !classPath.equals(CLASS_PATH) || !main.equals(COMMAND) && !main.equals(LOADER)) {
            return null;
        }
        if (ours == null) {
            final Path file = Path.of(System.getProperty("basedir"), "target", "commands.jsa");
            // An archive is of jars only, which have to come first.
            ours = new ClassArchive(file, Stream.concat(entries(true), entries(false)).reduce((a, b) -> a + ':' + b)
                .orElseThrow());
            ours.makeOnce();
        }
        return Files.exists(ours.file) ? ours : null;
    }

    private static Stream<String> entries(final boolean jars) {
        return Arrays.stream(CLASS_PATH.split(":")).filter(entry -> Files.isRegularFile(Path.of(entry)) == jars);
    }

    /** The class path that it fits. */
    String classPath() {
        return classPath;
    }

    /** Flags with which a JVM uses it, and says nothing if it cannot; and those with which a short one starts fast. */
    List<String> flags() {
        return List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-XX:SharedArchiveFile=" + file,
            "-Xlog:cds*=off");
    }

    private void makeOnce() throws IOException {
        final Path tried = file.resolveSibling("commands.tried");
        try (FileChannel channel = FileChannel.open(file.resolveSibling("commands.lock"), StandardOpenOption.CREATE,
            StandardOpenOption.WRITE); FileLock lock = channel.lock()) {
            final String jars = jars();
            if (lock.isValid() && !(Files.exists(tried) && Files.readString(tried).equals(jars))) {
                Files.deleteIfExists(file);
                Files.writeString(tried, jars);
                make(Files.createTempDirectory(file.getParent(), "commands"));
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while an archive of classes was made", e);
        }
    }

    /** What a JVM compares with its archive: other jars need another one. */
    private static String jars() throws IOException {
        final StringBuilder text = new StringBuilder(System.getProperty("java.home") + '\n');
        for (final String jar : entries(true).toList()) {
            text.append(jar).append(' ').append(Files.size(Path.of(jar))).append(' ')
                .append(Files.getLastModifiedTime(Path.of(jar))).append('\n');
        }
        return text.toString();
    }

    private void make(final Path notes) throws IOException, InterruptedException {
        final Path loaded = notes.resolve("loaded");
        final Path listed = notes.resolve("listed");
        final Path made = notes.resolve("made");
        if (!run(notes, "-XX:DumpLoadedClassList=" + loaded, "-cp", classPath, LOADER,
            Files.createDirectory(notes.resolve("room")).toString())) {
            return;
        }
        final String loader = LOADER.replace('.', '/');
        Files.write(listed, Files.readAllLines(loaded).stream().filter(line -> !line.startsWith(loader)).toList());
        if (run(notes, "-XX:+UseG1GC", "-Xshare:dump", "-XX:SharedClassListFile=" + listed,
            "-XX:SharedArchiveFile=" + made, "-cp", String.join(":", entries(true).toList()))) {
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static boolean run(final Path directory, final String... arguments)
        throws IOException, InterruptedException {
        final List<String> command =
            new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ChildProgram.launcherFlags());
        command.addAll(List.of(arguments));
        final Process process = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("output").toFile())).start();
        if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return false;
        }
        return process.exitValue() == 0;
    }
}
