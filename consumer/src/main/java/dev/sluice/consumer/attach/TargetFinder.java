// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.os.Remedy;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds targets through /proc. Stateless: any thread. */
public final class TargetFinder {
    /**
     * The most copies of the library in one process. Each copy costs descriptors, mappings and, in a recording, kernel
     * memory.
     */
    static final int MAX_TARGETS = 32;

    private TargetFinder() {
    }

    /**
     * Opens every target in a process. There is one for each copy of the library in it.
     *
     * @return at least one target; the caller closes them
     * @throws AttachException if there is no such process, this user may not look into it, it has no Sluice in it, or
     *                         what it shares has another layout or is damaged
     */
    public static List<Target> open(final long pid) {
        return open(pid, true);
    }

    /**
     * The same, for a consumer that need not change the targets' regions.
     *
     * @param isRegionMapped whether regions are mapped that nobody can shrink; else they are only read
     */
    public static List<Target> open(final long pid, final boolean isRegionMapped) {
        try (TargetProcess process = TargetProcess.open(pid)) {
            final List<SharedMapping> files = SharedFiles.openControlFiles(process);
            process.checkAlive();
            final List<Target> targets = new ArrayList<>();
            try {
                while (!files.isEmpty()) {
                    final Target target = Target.open(pid, files.get(0), isRegionMapped);
                    if (target == null) {
                        files.get(0).close();
                    } else {
                        targets.add(target);
                    }
                    files.remove(0);
                }
            } catch (final RuntimeException e) {
                files.forEach(SharedMapping::close);
                targets.forEach(Target::close);
                throw e;
            }
            if (targets.isEmpty() && !process.hasJvm()) {
                throw new AttachException(AttachException.Reason.NO_SLUICE, "process " + pid + " has no Sluice in it,"
                    + " as it runs no Java; 'sluice list' shows the programs that use Sluice");
            }
            if (targets.isEmpty()) {
                throw new AttachException(AttachException.Reason.NO_SLUICE, "process " + pid + " has no Sluice in it:"
                    + " none of its descriptors is a control file; it shares one from its first Provider.load() on,"
                    + " unless a warning on its standard error says why tracing is off");
            }
            return targets;
        }
    }

    /** Whether a process holds a control file and this user may look into it. */
    public static boolean isTarget(final long pid) {
        return SharedFiles.hasControlFile(Path.of("/proc/" + pid));
    }

    /** Ids of all processes that hold a control file and that this user may look into, in ascending order. */
    public static List<Long> processes() {
        final List<Long> pids = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (final Path process : processes) {
                final long pid = Long.parseLong(process.getFileName().toString());
                // The descriptors of this process include those of other targets' control files.
                if (pid != ProcessHandle.current().pid() && SharedFiles.hasControlFile(process)) {
                    pids.add(pid);
                }
            }
        } catch (final IOException | DirectoryIteratorException e) {
            throw new AttachException(AttachException.Reason.ENVIRONMENT, "cannot list /proc: "
                + Remedy.describe(e instanceof DirectoryIteratorException failed ? failed.getCause() : e), e);
        }
        pids.sort(null);
        return pids;
    }
}
