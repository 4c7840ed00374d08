// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.os.FileCalls;
import dev.sluice.store.segment.SegmentFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The directory of a new trace, held open from the moment it was made, or was found to belong to this user, with mode
 * 0700, empty and no symbolic link. All its files are reached through its descriptor, so a user who may rename a
 * directory above it cannot make this process write elsewhere; and inside it nobody else can make files. For one
 * thread. Closing is idempotent.
 */
final class TraceDirectory implements AutoCloseable {
    private static final int DIRECTORY_MODE = 0700;
    private static final int FILE_MODE = 0600;
    private static final int OTHERS_WRITE = 0022;
    private static final int NONE = -1;
    private static final int LOCK_ATTEMPTS = 20;
    private static final long LOCK_PAUSE_NS = 1_000_000;

    private final Path path;
    private final List<Path> madeAbove = new ArrayList<>();
    private int parent = NONE;
    private int directory = NONE;
    private int segment = NONE;
    private boolean isMade;

    private TraceDirectory(final Path path) {
        this.path = path;
    }

    /**
     * Makes the directory, those above it and the first segment's.
     *
     * @throws TraceStoreException if the directory exists and is not empty or not this user's alone, or if it cannot be
     *                             made; then nothing new is left behind
     */
    static TraceDirectory create(final Path path) {
        final TraceDirectory made = new TraceDirectory(path);
        try {
            made.open();
            return made;
        } catch (final FileCallException | IOException e) {
            made.discard();
            throw new TraceStoreException("cannot make the trace directory " + path + ": " + e.getMessage()
                + "; choose another one (-o DIR)", e);
        } catch (final RuntimeException e) {
            made.discard();
            throw e;
        }
    }

    private void open() throws IOException {
        final Path absolute = path.toAbsolutePath().normalize();
        if (absolute.getParent() == null) {
            throw refused("it is the root of the file system");
        }
        makeAbove(absolute.getParent());
        final String name = absolute.getFileName().toString();
        parent = FileCalls.open(FileCalls.NO_DIRECTORY, absolute.getParent().toString(),
            FileCalls.O_PATH | FileCalls.O_DIRECTORY);
        try {
            FileCalls.makeDirectory(parent, name, DIRECTORY_MODE);
            isMade = true;
        } catch (final FileCallException e) {
            if (e.errno() != FileCalls.EEXIST) {
                throw e;
            }
        }
        directory = openIn(parent, name);
        requireOurs();
        requireEmpty();
        FileCalls.changeMode(directory, DIRECTORY_MODE);
        hold();
        FileCalls.makeDirectory(directory, SegmentFile.FIRST_FOLDER, DIRECTORY_MODE);
        segment = openIn(directory, SegmentFile.FIRST_FOLDER);
    }

    private void makeAbove(final Path above) throws IOException {
        for (Path missing = above; missing != null && !Files.exists(missing); missing = missing.getParent()) {
            madeAbove.add(missing);
        }
        Files.createDirectories(above);
    }

    private int openIn(final int above, final String name) {
        try {
            return FileCalls.open(
                above, name, FileCalls.O_RDONLY | FileCalls.O_DIRECTORY | FileCalls.O_NOFOLLOW);
        } catch (final FileCallException e) {
            if (e.errno() == FileCalls.ENOTDIR || e.errno() == FileCalls.ELOOP) {
                throw refused("it is not a directory, or a symbolic link");
            }
            throw e;
        }
    }

    /**
     * Takes the directory's lock, by which readers know that the trace is being written. Where somebody looks at it in
     * this moment it is tried again; a trace without the lock is as good, and only looks as if it had been cut off.
     */
    private void hold() {
        for (int i = 0; i < LOCK_ATTEMPTS && !FileCalls.tryLock(directory); i++) {
            LockSupport.parkNanos(LOCK_PAUSE_NS);
        }
    }

    private void requireOurs() {
        final FileCalls.Status status = FileCalls.status(directory);
        final int user = FileCalls.user();
        if (status.uid() != user) {
            throw refused("it belongs to uid " + Integer.toUnsignedString(status.uid()) + ", not "
                + Integer.toUnsignedString(user) + ", and who owns it could read and replace what is recorded");
        }
        if ((status.permissions() & OTHERS_WRITE) != 0) {
            throw refused("others may write to it (mode " + Integer.toOctalString(status.permissions()) + ")");
        }
    }

    private void requireEmpty() throws IOException {
        try (Stream<Path> entries = Files.list(held(directory))) {
            if (entries.findAny().isPresent()) {
                throw refused("the directory is not empty");
            }
        }
    }

    private TraceStoreException refused(final String flaw) {
        return new TraceStoreException("cannot record to " + path + ": " + flaw
            + "; a trace needs a directory of its own: choose one that does not exist yet (-o DIR), or remove this");
    }

    private static Path held(final int fd) {
        return Path.of("/proc/self/fd/" + fd);
    }

    /** Where it is, for people. */
    Path path() {
        return path;
    }

    /** A path to the first segment that holds even if directories are renamed, for as long as this object is open. */
    Path heldSegment() {
        return held(segment);
    }

    /** The segment's descriptor, which this object closes. */
    int segment() {
        return segment;
    }

    /** Opens a file of the segment whose name Chronicle has chosen. The caller owns the descriptor. */
    int openFile(final String name) {
        return FileCalls.open(segment, name, FileCalls.O_RDWR | FileCalls.O_NOFOLLOW);
    }

    /** Gives access to the segment's files to their owner alone. */
    void protectFiles() {
        for (final String name : names(segment)) {
            final int fd = openFile(name);
            try {
                FileCalls.changeMode(fd, FILE_MODE);
            } finally {
                FileCalls.closeDescriptor(fd);
            }
        }
    }

    /** Makes another user the owner of the directory and everything in it. */
    void giveTo(final int uid, final int gid) {
        for (final String name : names(segment)) {
            FileCalls.changeOwner(segment, name, uid, gid);
        }
        FileCalls.changeOwner(segment, "", uid, gid);
        FileCalls.changeOwner(directory, "", uid, gid);
    }

    private static List<String> names(final int fd) {
        try (Stream<Path> entries = Files.list(held(fd))) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        } catch (final IOException e) {
            throw new TraceStoreException("cannot list the trace's files: " + e.getMessage(), e);
        }
    }

    /** Removes everything that {@link #create} and the queue have made, and closes. What cannot be removed stays. */
    void discard() {
        try {
            if (segment != NONE) {
                for (final String name : names(segment)) {
                    FileCalls.remove(segment, name, false);
                }
                FileCalls.remove(directory, SegmentFile.FIRST_FOLDER, true);
            }
            if (isMade) {
                FileCalls.remove(parent, path.toAbsolutePath().normalize().getFileName().toString(), true);
            }
            for (final Path above : madeAbove) {
                Files.deleteIfExists(above);
            }
        } catch (final FileCallException | TraceStoreException | IOException e) {
            // The failure that led to this call is the one to report.
            return;
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        for (final int fd : new int[] {segment, directory, parent}) {
            if (fd != NONE) {
                FileCalls.closeDescriptor(fd);
            }
        }
        segment = NONE;
        directory = NONE;
        parent = NONE;
    }
}
