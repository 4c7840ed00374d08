// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.os.FileCalls;
import dev.sluice.store.os.MadeDirectories;
import dev.sluice.store.segment.SegmentFile;
import dev.sluice.store.text.FileText;
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
 * <p>
 * A new segment is made under a name that readers do not know, and gets its number when it is whole; one that is
 * removed loses its number first. So at each moment, also where this process is killed, a segment that has a number is
 * whole.
 */
final class TraceDirectory implements AutoCloseable {
    private static final int DIRECTORY_MODE = 0700;
    private static final int OTHERS_WRITE = 0022;
    private static final int NONE = -1;
    private static final int LOCK_ATTEMPTS = 20;
    private static final long LOCK_PAUSE_NS = 1_000_000;
    /** Name of a segment's folder while it is made. */
    private static final String NEXT = "next";
    /** Behind the number of a segment whose files are about to be removed. */
    private static final String REMOVED = ".removed";

    private final Path path;
    private final List<Path> madeAbove = new ArrayList<>();
    private int parent = NONE;
    private int directory = NONE;
    private boolean isMade;
    /** Whether it is known to be this user's, and was empty. */
    private boolean isOurs;

    private TraceDirectory(final Path path) {
        this.path = path;
    }

    /**
     * Makes the directory and those above it.
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
            throw new TraceStoreException("cannot make the trace directory " + path + ": " + FileText.of(e)
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
        madeAbove.addAll(MadeDirectories.makeAbove(absolute));
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
        isOurs = true;
        hold();
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
        try (Stream<Path> entries = Files.list(SegmentFolder.held(directory))) {
            if (entries.findAny().isPresent()) {
                throw refused("the directory is not empty, which it must be");
            }
        }
    }

    private TraceStoreException refused(final String flaw) {
        return new TraceStoreException("cannot record to " + path + ": " + flaw
            + "; a trace needs a directory of its own: choose one that does not exist yet (-o DIR)");
    }

    /** Where it is, for people. */
    Path path() {
        return path;
    }

    /** Bytes that its file system may still give to this user, and bytes that it has in all. */
    long[] space() {
        return FileCalls.space(directory);
    }

    /** Makes the folder of the first segment. The caller closes it. */
    SegmentFolder makeFirst() {
        FileCalls.makeDirectory(directory, SegmentFile.FIRST_FOLDER, DIRECTORY_MODE);
        return new SegmentFolder(openIn(directory, SegmentFile.FIRST_FOLDER));
    }

    /** Makes the folder of a further segment, which has no number yet. The caller closes it. */
    SegmentFolder makeNext() {
        FileCalls.makeDirectory(directory, NEXT, DIRECTORY_MODE);
        return new SegmentFolder(openIn(directory, NEXT));
    }

    /** Gives the further segment its number, from when on readers see it. */
    void publishNext(final int number) {
        FileCalls.rename(directory, NEXT, SegmentFile.folder(number));
    }

    /** Removes the further segment, which has no number yet. */
    void discardNext(final SegmentFolder next) {
        try {
            next.removeFiles();
        } finally {
            next.close();
            FileCalls.remove(directory, NEXT, true);
        }
    }

    /** Hides a segment from readers. Those that have it open read on, also when its files are removed. */
    void hide(final int number) {
        FileCalls.rename(directory, SegmentFile.folder(number), SegmentFile.folder(number) + REMOVED);
    }

    /** Removes the files of a segment that is hidden. Their space comes back when nobody has them open. Any thread. */
    void removeHidden(final int number) {
        final String name = SegmentFile.folder(number) + REMOVED;
        try (SegmentFolder folder = new SegmentFolder(openIn(directory, name))) {
            folder.removeFiles();
        }
        FileCalls.remove(directory, name, true);
    }

    /** Makes another user the owner of the directory and everything in it. */
    void giveTo(final int uid, final int gid) {
        giveTo(directory, uid, gid);
    }

    /** Goes down into directories by their descriptors. No link is followed: the owner of a link is changed. */
    private void giveTo(final int above, final int uid, final int gid) {
        for (final String name : SegmentFolder.names(above)) {
            int inside = NONE;
            try {
                inside = FileCalls.open(
                    above, name, FileCalls.O_RDONLY | FileCalls.O_DIRECTORY | FileCalls.O_NOFOLLOW);
                giveTo(inside, uid, gid);
            } catch (final FileCallException e) {
                if (e.errno() != FileCalls.ENOTDIR && e.errno() != FileCalls.ELOOP) {
                    throw e;
                }
                FileCalls.changeOwner(above, name, uid, gid);
            } finally {
                if (inside != NONE) {
                    FileCalls.closeDescriptor(inside);
                }
            }
        }
        FileCalls.changeOwner(above, "", uid, gid);
    }

    /** Removes everything that {@link #create} and the queue have made, and closes. What cannot be removed stays. */
    void discard() {
        try {
            if (directory != NONE && isOurs) {
                for (final String name : SegmentFolder.names(directory)) {
                    try (SegmentFolder folder = new SegmentFolder(openIn(directory, name))) {
                        folder.removeFiles();
                    }
                    FileCalls.remove(directory, name, true);
                }
            }
            if (isMade) {
                FileCalls.remove(parent, path.toAbsolutePath().normalize().getFileName().toString(), true);
            }
            MadeDirectories.remove(madeAbove);
        } catch (final FileCallException | TraceStoreException e) {
            // The failure that led to this call is the one to report.
            return;
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        for (final int fd : new int[] {directory, parent}) {
            if (fd != NONE) {
                FileCalls.closeDescriptor(fd);
            }
        }
        directory = NONE;
        parent = NONE;
    }
}
