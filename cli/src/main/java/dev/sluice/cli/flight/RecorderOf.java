// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.scratch.ScratchDirectory;
import dev.sluice.cli.scratch.ScratchFiles;
import dev.sluice.cli.scratch.ScratchPurpose;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.text.FileText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the trace that a process is being recorded into. A recorder says where its trace is in a directory that is its
 * user's alone: that user may not look into a recorder that was root and has become the user, and neither into a
 * program of somebody else. Root looks into any recorder. Stateless.
 */
public final class RecorderOf {
    private static final String LINK = "trace";

    private RecorderOf() {
    }

    /**
     * Says where a recorder's trace is, for as long as the recorder lives.
     *
     * @return null if it cannot be said
     */
    static ScratchDirectory note(final Path trace) {
        final ScratchDirectory note;
        try {
            note = ScratchDirectory.make(ScratchPurpose.FLIGHT);
        } catch (final CommandException e) {
            // The directory of the trace can still be given.
            return null;
        }
        try {
            Files.createSymbolicLink(note.path().resolve(LINK), trace.toAbsolutePath());
            return note;
        } catch (final IOException e) {
            note.close();
            return null;
        }
    }

    /**
     * The trace's directory.
     *
     * @throws CommandException if nobody records the process, or it cannot be seen into where
     */
    public static Path process(final long pid) {
        return noted(pid).orElseGet(() -> opened(pid));
    }

    /** By what recorders of this user have said. */
    private static Optional<Path> noted(final long pid) {
        for (final Path note : ScratchFiles.living(ScratchPurpose.FLIGHT)) {
            try {
                final Path trace = Files.readSymbolicLink(note.resolve(LINK));
                if (isRecordedInto(trace, pid)) {
                    return Optional.of(trace);
                }
            } catch (final IOException | TraceStoreException e) {
                // That recorder has ended, or has not come so far.
                continue;
            }
        }
        return Optional.empty();
    }

    private static boolean isRecordedInto(final Path trace, final long pid) {
        final TraceReader reader = TraceReader.open(trace);
        reader.release();
        return reader.isBeingRecorded() && reader.targets().stream()
            .anyMatch(target -> target.info().pid() == pid && target.end().isEmpty());
    }

    /** By what the recorder has open. */
    private static Path opened(final long pid) {
        final List<Target> targets = TargetFinder.open(pid);
        final long recorder;
        try {
            recorder = targets.stream().mapToLong(target -> target.control().holder().pid())
                .filter(holder -> holder > 0).findFirst()
                .orElseThrow(() -> new CommandException("nobody records process " + pid
                    + ": start 'sluice record -p " + pid + "'"));
        } finally {
            targets.forEach(Target::close);
        }
        final List<Path> found = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + recorder + "/fd"))) {
            for (final Path descriptor : descriptors.toList()) {
                if (Files.isDirectory(descriptor) && RecorderSocket.isIn(descriptor)) {
                    found.add(Files.readSymbolicLink(descriptor));
                }
            }
        } catch (final UncheckedIOException | NoSuchFileException e) {
            throw new CommandException("process " + recorder + ", which records process " + pid + ", ends at this"
                + " moment: try again", e);
        } catch (final IOException e) {
            throw new CommandException("cannot see into which trace process " + recorder + " records process " + pid
                + ": " + FileText.of(e) + "; give the trace's directory, or run this as root", e);
        }
        return found.stream().findFirst().orElseThrow(() -> new CommandException("process " + recorder
            + ", which records process " + pid + ", takes no requests: it makes sums, or is older than this command"));
    }
}
