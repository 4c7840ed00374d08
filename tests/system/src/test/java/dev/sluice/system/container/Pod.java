// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.container;

import dev.sluice.system.scene.JarClassPath;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A pod whose containers follow Kubernetes' {@code restricted} rules, of namespaces, setpriv and a filter of system
 * calls: they have one pid and one ipc namespace, and each has mounts and a root of its own. Closing ends all in it.
 * For one thread.
 */
final class Pod implements AutoCloseable {
    static final int USER = 10_001;
    private static final Path SCRIPT = ChildProgram.root().resolve("tests/system/src/test/sh/container.sh");

    private final Path directory;
    private final Path image;
    private final ChildProgram pause;
    private final Map<String, ChildProgram> containers = new HashMap<>();

    private Pod(final Path directory, final Path image, final ChildProgram pause) {
        this.directory = directory;
        this.image = image;
        this.pause = pause;
    }

    /** Makes one without a container. */
    static Pod make(final Path directory) throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        final Path image = image(directory);
        final ChildProgram pause = ChildProgram.start(directory, List.of("unshare", "-p", "-i", "-m", "--fork",
            "--kill-child", "--mount-proc", "sleep", "1000"));
        ChildProgram.await("a pod", () -> firstOf(pause) != 0);
        return new Pod(directory, image, pause);
    }

    private static long firstOf(final ChildProgram parent) {
        try {
            return parent.childPid();
        } catch (final IOException | NumberFormatException e) {
            return 0;
        }
    }

    /** What an image has: the command and its jars, JNA's library unpacked, and what restricts a container. */
    private static Path image(final Path directory) throws Exception {
        final Path image = Files.createDirectory(directory.resolve("image"));
        final List<String> jars = new ArrayList<>();
        for (final Path jar : JarClassPath.in(image)) {
            final String name = "part" + jars.size() + ".jar";
            if (!jar.startsWith(image)) {
                Files.copy(jar, image.resolve(name));
            }
            jars.add("/image/" + name);
        }
        final String library = "libjnidispatch.so";
        final String machine = System.getProperty("os.arch").equals("amd64") ? "x86-64"
            : System.getProperty("os.arch");
        try (InputStream in = ClassLoader.getSystemResourceAsStream("com/sun/jna/linux-" + machine + "/" + library)) {
            Files.copy(in, image.resolve(library));
        }
        for (final String file : List.of("jvm-17.args", "jvm-24.args")) {
            Files.copy(ChildProgram.root().resolve("config").resolve(file), image.resolve(file));
        }
        final String java = System.getProperty("java.home") + "/bin/java @/image/"
            + Path.of(ChildProgram.launcherFlags().get(0)).getFileName() + " -Xmx256m -XX:+UseSerialGC"
            + " -XX:TieredStopAtLevel=1 -Djna.boot.library.path=/image -Djna.nounpack=true -cp "
            + String.join(":", jars);
        Files.writeString(image.resolve("sluice"), "#!/bin/sh\nexec " + java + " dev.sluice.cli.Main \"$@\"\n");
        Files.writeString(image.resolve("sample"), "#!/bin/sh\nexec " + java + " dev.sluice.samples.Main \"$@\"\n");
        run(directory, List.of("gcc", "-O1", "-Wall", "-Werror", "-o", image.resolve("restrict").toString(),
            ChildProgram.root().resolve("tests/system/src/test/c/restrict.c").toString()));
        try (Stream<Path> files = Files.list(image)) {
            for (final Path file : files.toList()) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
        Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rwxr-xr-x"));
        return image;
    }

    private static void run(final Path directory, final List<String> command) throws IOException, InterruptedException {
        try (ChildProgram child = ChildProgram.start(directory, command)) {
            if (child.awaitExit() != 0) {
                throw new AssertionError(child.toString());
            }
        }
    }

    /**
     * Starts a container.
     *
     * @param volumes what is mounted where, "PATH=DIRECTORY"
     * @param command what it runs
     */
    ChildProgram start(final String name, final List<String> volumes, final String... command) throws Exception {
        return start(pause, name, volumes, command);
    }

    /** The same in a pid namespace of its own, as where a pod does not share that of its processes. */
    ChildProgram startApart(final String name, final List<String> volumes, final String... command) throws Exception {
        final ChildProgram apart = ChildProgram.start(directory, List.of("unshare", "-p", "-i", "-m", "--fork",
            "--kill-child", "--mount-proc", "sleep", "1000"));
        containers.put(name + " apart", apart);
        ChildProgram.await("namespaces", () -> firstOf(apart) != 0);
        return start(apart, name, volumes, command);
    }

    private ChildProgram start(final ChildProgram within, final String name, final List<String> volumes,
        final String... command) throws Exception {
        final Path root = Files.createDirectory(directory.resolve("root-" + name));
        final List<String> line = new ArrayList<>(List.of("nsenter", "-t", Long.toString(firstOf(within)), "-p", "-i",
            "unshare", "-m", SCRIPT.toString(), root.toString(), image.toString(), Integer.toString(USER)));
        line.addAll(volumes);
        line.add("--");
        line.addAll(List.of("env", "-i", "PATH=/image:/usr/bin", "HOME=/"));
        line.addAll(List.of(command));
        final ChildProgram container = ChildProgram.start(directory, line);
        containers.put(name, container);
        ChildProgram.await("container " + name + ": " + container, () -> isRestricted(container));
        return container;
    }

    private static boolean isRestricted(final ChildProgram container) {
        try {
            return !container.isAlive() || Files.readString(Path.of("/proc/" + firstOf(container) + "/status"))
                .contains("Seccomp:\t2");
        } catch (final IOException e) {
            return false;
        }
    }

    /** The command's process, as the machine sees it. */
    long pid(final String name) {
        return firstOf(containers.get(name));
    }

    /** Starts one more command in a container. */
    ChildProgram exec(final String name, final List<String> command) throws IOException {
        final List<String> line = new ArrayList<>(List.of("nsenter", "-t", Long.toString(pid(name)), "-p", "-i", "-m",
            "-r", "-w", "/usr/bin/setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups", "--no-new-privs",
            "--inh-caps=-all", "--bounding-set=-all", "--", "/image/restrict", "env", "-i", "PATH=/image:/usr/bin",
            "HOME=/"));
        line.addAll(command);
        return ChildProgram.start(directory, line);
    }

    /** Where a file of a container is for the machine. */
    Path path(final String name, final String path) {
        return Path.of("/proc/" + pid(name) + "/root" + path);
    }

    @Override
    public void close() {
        containers.values().forEach(ChildProgram::close);
        pause.close();
    }
}
