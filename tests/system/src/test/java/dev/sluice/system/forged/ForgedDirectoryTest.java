// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.forged;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files of every type in the place of each file and directory of a trace: no command that reads hangs, dies or changes
 * anything, and none records there.
 */
@OneJdk
@Timeout(1800)
class ForgedDirectoryTest {
    private static final boolean IS_LONG = Boolean.getBoolean("sluice.long");
    private static final int MANY = IS_LONG ? 100_000 : 3_000;
    private static final long SPARSE = 8L << 40;
    private static final List<String> PLACES = List.of("", "0000", "0000/forged.cq4", "0000/other.cq4",
        "0000/metadata.cq4t", "0001", "0000/x\u001b[2J\u202e\n.cq4");

    /** What there is in some place. */
    private enum Type {
        PIPE, SOCKET, DEVICE, DIRECTORY, LINK_TO_PIPE, LINK_TO_DEVICE, LINK_TO_ITSELF, LINK_TO_NOTHING, EMPTY_FILE,
        SPARSE_FILE, FORBIDDEN_FILE
    }

    /** Root reads and writes what nobody may, unless that is taken from it. */
    private static final List<String> LIKE_OTHERS = ProcessHandle.current().info().user().orElse("").equals("root")
        ? List.of("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--") : List.of();

    @TempDir
    private Path temp;

    private final long seed = Seed.draw("ForgedDirectoryTest");
    private final Random random = new Random(seed);
    private ForgedScene scene;
    private ChildProgram program;

    @BeforeEach
    void makeScene() throws Exception {
        scene = new ForgedScene(temp, LIKE_OTHERS);
        program = ChildProgram.startJava(temp, ChildProgram.launcherFlags(), System.getProperty("java.class.path"),
            List.of(ForgedProgram.class.getName()));
        assertThat(program.awaitFirstLine()).isEqualTo("ready");
    }

    @AfterEach
    void stop() {
        System.out.println(scene);
        program.close();
        scene.close();
    }

    private void make(final Type type, final Path path) throws Exception {
        switch (type) {
            case PIPE -> run("mkfifo", path.toString());
            case SOCKET -> run("python3", "-c",
                "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", path.toString());
            case DEVICE -> run("mknod", path.toString(), "c", "1", "5");
            case DIRECTORY -> Files.createDirectory(path);
            case LINK_TO_PIPE -> Files.createSymbolicLink(path, temp.resolve("pipe"));
            case LINK_TO_DEVICE -> Files.createSymbolicLink(path, Path.of("/dev/zero"));
            case LINK_TO_ITSELF -> Files.createSymbolicLink(path, path);
            case LINK_TO_NOTHING -> Files.createSymbolicLink(path, temp.resolve("none"));
            case EMPTY_FILE -> Files.createFile(path);
            case SPARSE_FILE -> {
                try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                    file.setLength(SPARSE);
                }
            }
            case FORBIDDEN_FILE -> Files.createFile(path,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("---------")));
            default -> throw new IllegalArgumentException(type.toString());
        }
    }

    private void run(final String... command) throws IOException, InterruptedException {
        try (ChildProgram child = ChildProgram.start(temp, List.of(command))) {
            assertThat(child.awaitExit()).as(child.errors()).isZero();
        }
    }

    /** Everything there is, by name. */
    private static Map<String, String> listing(final Path directory) throws IOException {
        final Map<String, String> listing = new TreeMap<>();
        if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (final Path file : files.toList()) {
                    listing.put(file.toString(), Files.readAttributes(file,
                        "unix:mode,uid,size,lastModifiedTime,ino", LinkOption.NOFOLLOW_LINKS).toString());
                }
            }
        }
        return listing;
    }

    private void check(final String name, final Path trace) throws Exception {
        final Map<String, String> before = listing(trace);
        scene.readAll(name, trace);
        final ReadingChild.Result record = scene.child().run(name, "record", "-p", Long.toString(program.pid()),
            "--mode", "shared", "--duration", "10ms", "-o", trace.toString());
        assertThat(record.status()).as(name + record.out()).isEqualTo(1);
        assertThat(listing(trace)).as(name).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource
    void shouldReadOrRefuseAndTouchNothingWhenAFileIsOfAnotherType(final Type type) throws Exception {
        run("mkfifo", temp.resolve("pipe").toString());
        for (final String place : PLACES) {
            if (!IS_LONG && random.nextInt(PLACES.size()) > 0) {
                continue;
            }
            final Path trace = scene.write(scene.forged().sound());
            final Path path = place.isEmpty() ? trace : trace.resolve(place);
            ForgedScene.deleteTree(path);
            make(type, path);
            if (!place.isEmpty() || type != Type.DIRECTORY) {
                check(type + " as " + PLACES.indexOf(place), trace);
            }
            ForgedScene.deleteTree(trace);
        }
    }

    @Test
    void shouldReadOrRefuseAndTouchNothingWhenThereAreVeryManyFiles() throws Exception {
        final Path trace = scene.write(scene.forged().sound());
        for (int i = 0; i < MANY; i++) {
            Files.createFile(trace.resolve("0000/file-" + i + ".cq4"));
        }
        check(MANY + " files", trace);
    }

    @Test
    void shouldReadOrRefuseWhenTheFileChangesWhileItIsRead() throws Exception {
        final Path trace = scene.write(scene.forged().sound());
        final Path file = trace.resolve("0000/forged.cq4");
        final byte[] content = Files.readAllBytes(file);
        final Thread changing = new Thread(() -> {
            try (RandomAccessFile changed = new RandomAccessFile(file.toFile(), "rw")) {
                for (int i = 0; !Thread.interrupted(); i++) {
                    changed.setLength(content.length * (long) (i % 7) / 5);
                    changed.seek(0);
                    changed.write(content, 0, content.length / (1 + i % 3));
                }
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }, "changing");
        changing.start();
        try {
            for (int i = 0; i < 5; i++) {
                scene.readAnyhow("a file that changes", trace);
            }
        } finally {
            changing.interrupt();
            changing.join();
        }
    }
}
