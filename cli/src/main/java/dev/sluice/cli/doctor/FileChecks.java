// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.doctor;

import dev.sluice.cli.scratch.ScratchFiles;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.os.FileCalls;
import dev.sluice.store.text.Counted;
import dev.sluice.usdt.StubFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Directories that programs and recordings use, and what dead programs have left in them. Stateless: any thread. */
final class FileChecks {
    private static final long LEAST_BYTES = 64L << 20;
    private static final long MIB = 1 << 20;

    private FileChecks() {
    }

    static List<Finding> directories() {
        return List.of(
            directory("files.tmp", Path.of(System.getProperty("java.io.tmpdir")), true),
            directory("files.shm", Path.of("/dev/shm"), false));
    }

    /**
     * A directory for temporary files.
     *
     * @param isForCode whether programs map code from it
     */
    static Finding directory(final String key, final Path path, final boolean isForCode) {
        final String use = isForCode ? "programs keep their probes in memory instead of files, where bpftrace before"
            + " 0.25 does not list them" : "no region file can be kept there (-Dsluice.region.dir)";
        final String remedy = isForCode ? "set -Dsluice.usdt.dir=DIR in the program to a directory that is fit"
            : "choose another directory for region files, or leave them out";
        if (!Files.isDirectory(path) || !Files.isWritable(path)) {
            return Finding.limited(key, path + (Files.isDirectory(path) ? " cannot be written" : " does not exist"),
                use, remedy);
        }
        try {
            final int fd = FileCalls.open(FileCalls.NO_DIRECTORY, path.toString(),
                FileCalls.O_RDONLY | FileCalls.O_DIRECTORY);
            try {
                final boolean isNoExec = FileCalls.isNoExec(fd);
                final long usable = FileCalls.space(fd)[0];
                final String found = String.format(Locale.ROOT, "%s is writable, %,d MiB usable%s", path, usable / MIB,
                    isNoExec ? ", noexec" : "");
                if (isNoExec && isForCode) {
                    return Finding.limited(key, found, use, remedy);
                }
                return usable >= LEAST_BYTES ? Finding.ok(key, found)
                    : Finding.limited(key, found, "there is hardly room for files of Sluice", "make room there");
            } finally {
                FileCalls.closeDescriptor(fd);
            }
        } catch (final FileCallException e) {
            return Finding.limited(key, path + ": " + e.getMessage(), use, remedy);
        }
    }

    /** Directories of commands that were killed. */
    static Finding scratch(final boolean isClean) {
        return scratch(ScratchFiles.look(isClean));
    }

    /** As above, of what was found. */
    static Finding scratch(final ScratchFiles.Contents contents) {
        final String key = "files.scratch";
        final String living = directories(contents.living()) + " of commands that run in " + contents.directory();
        if (contents.dead() > 0) {
            return Finding.limited(key, directories(contents.dead()) + " of killed commands, " + living,
                "they take room only, and no command removes them by itself", "run 'sluice doctor --clean'");
        }
        return Finding.ok(key, contents.removed() > 0
            ? "removed " + directories(contents.removed()) + " of killed commands; left " + living
            : "nothing of killed commands, " + living);
    }

    private static String directories(final long count) {
        return count == 1 ? "1 directory" : count + " directories";
    }

    /** Files with probes of programs that were killed. */
    static Finding leftovers(final boolean isClean) {
        return leftovers(StubFiles.look(isClean));
    }

    /** As above, of what was found. */
    static Finding leftovers(final StubFiles.Contents contents) {
        final String key = "files.leftovers";
        final String of = " of living programs in " + contents.directory();
        final String living = Counted.of(contents.living(), "file") + of;
        if (!contents.problem().isEmpty()) {
            return Finding.limited(key, contents.problem(), "programs of this user have no files with probes",
                "remove the directory if it is not yours to keep");
        }
        if (contents.dead() > 0) {
            return Finding.limited(key, Counted.of(contents.dead(), "file") + " of killed programs, " + living,
                "they take room only; the next program that is traced removes them",
                "run 'sluice doctor --clean'");
        }
        return Finding.ok(key, contents.removed() > 0
            ? "removed " + Counted.of(contents.removed(), "file") + " of killed programs; left " + living
            : "nothing of killed programs, " + living);
    }
}
