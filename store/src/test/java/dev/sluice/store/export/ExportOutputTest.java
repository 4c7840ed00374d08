// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.store.format.TraceStoreException;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of an export: whole or not there, and nobody else's. */
@OneJdk
class ExportOutputTest {
    @TempDir
    Path temp;

    private static void write(final OutputStream stream, final String text) throws IOException {
        stream.write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shouldHaveNoFileOfItsNameBeforeAllAreWhole() throws Exception {
        final Path out = temp.resolve("above/x.y.json");
        try (ExportOutput output = new ExportOutput(out, false, ExportWatch.SILENT)) {
            write(output.file(1), "one");
            write(output.file(2), "two");
            assertThat(Files.list(out.getParent()).map(Path::getFileName).map(Path::toString))
                .containsExactlyInAnyOrder("x.y.json.part", "x.y-2.json.part");
            assertThat(output.complete()).containsExactly(out, temp.resolve("above/x.y-2.json"));
        }
        assertThat(out).hasContent("one");
        assertThat(temp.resolve("above/x.y-2.json")).hasContent("two");
        assertThat(Files.list(out.getParent())).hasSize(2);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(out))).isEqualTo("rw-------");
    }

    @Test
    void shouldLeaveNothingWhenItIsNotCompleted() throws Exception {
        for (final boolean isDirectory : new boolean[] {false, true}) {
            for (final String name : List.of("out", "above/all/out")) {
                try (ExportOutput output = new ExportOutput(temp.resolve(name), isDirectory, ExportWatch.SILENT)) {
                    write(isDirectory ? output.file("a") : output.file(1), "one");
                }
                assertThat(temp).as(name).isEmptyDirectory();
            }
        }
    }

    /** What somebody else has put beside it meanwhile stays, and what that is in. */
    @Test
    void shouldLeaveTheDirectoriesAboveItWhenTheyAreUsedByOthers() throws Exception {
        try (ExportOutput output = new ExportOutput(temp.resolve("above/all/out"), true, ExportWatch.SILENT)) {
            write(output.file("a"), "one");
            Files.writeString(temp.resolve("above/mine"), "mine");
        }
        assertThat(Files.list(temp.resolve("above"))).containsExactly(temp.resolve("above/mine"));
    }

    /** A directory that was there stays, as it was. */
    @Test
    void shouldLeaveTheDirectoryOfItsUserWhenItIsNotCompleted() throws Exception {
        final Path out = Files.createDirectory(temp.resolve("out"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (ExportOutput output = new ExportOutput(out, true, ExportWatch.SILENT)) {
            write(output.file("a"), "one");
        }
        assertThat(out).isEmptyDirectory();
    }

    @Test
    void shouldRefuseWhatIsThereAndFollowNoLink() throws Exception {
        final Path victim = Files.writeString(temp.resolve("victim"), "mine");
        final Path link = Files.createSymbolicLink(temp.resolve("link"), victim);
        final Path dangling = Files.createSymbolicLink(temp.resolve("dangling"), temp.resolve("nowhere"));
        for (final Path there : new Path[] {victim, link, dangling, temp}) {
            assertThatThrownBy(() -> new ExportOutput(there, false, ExportWatch.SILENT))
                .isInstanceOf(TraceStoreException.class).hasMessage("cannot write the export: " + there
                + " exists already; choose another name (-o OUT), or remove " + there);
        }
        Files.createSymbolicLink(temp.resolve("new.part"), victim);
        try (ExportOutput output = new ExportOutput(temp.resolve("new"), false, ExportWatch.SILENT)) {
            assertThatThrownBy(() -> output.file(1)).isInstanceOf(TraceStoreException.class)
                .hasMessageContaining("has left " + temp.resolve("new.part"));
        }
        assertThat(victim).hasContent("mine");
        assertThat(temp.resolve("nowhere")).doesNotExist();
    }

    @Test
    void shouldReplaceNothingWhenAFileOfItsNameIsMadeMeanwhile() throws Exception {
        final Path out = temp.resolve("out");
        try (ExportOutput output = new ExportOutput(out, false, ExportWatch.SILENT)) {
            write(output.file(2), "two");
            write(output.file(1), "one");
            Files.writeString(out, "mine");
            assertThatThrownBy(output::complete).isInstanceOf(TraceStoreException.class)
                .hasMessageContaining("was made by somebody else meanwhile");
        }
        assertThat(out).hasContent("mine");
        assertThat(Files.list(temp)).containsExactly(out);
    }

    @Test
    void shouldEndWithoutAFileWhenTheWatchSaysSo() throws Exception {
        try (ExportOutput output = new ExportOutput(temp.resolve("out"), false, bytes -> bytes < 300_000)) {
            final OutputStream file = output.file(1);
            final byte[] piece = new byte[100_000];
            assertThatThrownBy(() -> {
                for (int i = 0; i < 10; i++) {
                    file.write(piece);
                }
            }).isInstanceOf(TraceStoreException.class).hasMessageContaining("was ended before it was complete");
        }
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void shouldSayInOneSentenceThatTheDiskIsFullAndLeaveNothing() throws Exception {
        final Path mount = Files.createDirectory(temp.resolve("disk"));
        Assumptions.assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=4k,mode=700", "tmpfs", mount.toString()) == 0,
            "mounting a tmpfs is refused: needs root");
        try {
            final ExtremeTrace extreme = new ExtremeTrace();
            final var events = extreme.write(temp.resolve("trace")).events();
            final Path ballast = Files.write(mount.resolve("ballast"), new byte[4096]);
            for (final ExportFormat format : ExportFormat.values()) {
                // Parquet has this test in its own module.
                if (format != ExportFormat.PARQUET) {
                    assertThatThrownBy(() -> format.export(events, mount.resolve("new/out"),
                        ExportWatch.SILENT))
                        .as(format.toString()).isInstanceOf(TraceStoreException.class)
                        .hasMessageMatching("cannot write the export: .*No space left on device.*\\(-o OUT\\)");
                    try (Stream<Path> left = Files.list(mount)) {
                        assertThat(left).as(format.toString()).containsExactly(ballast);
                    }
                }
            }
        } finally {
            assertThat(run("umount", mount.toString())).isZero();
        }
    }

    private static int run(final String... command) throws Exception {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        return process.waitFor();
    }
}
