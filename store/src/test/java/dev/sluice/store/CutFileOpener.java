// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store;

import dev.sluice.store.os.NativeFileOpener;
import dev.sluice.store.segment.FileOpener;
import dev.sluice.store.segment.ReadOnlyFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Opens files as the store does. A thread can ask for segments that become short after a number of reads; the number
 * counts the reads of all segments. The tests' class path offers this before the store's own way.
 */
public final class CutFileOpener implements FileOpener {
    private static final ThreadLocal<Cut> CUT = new ThreadLocal<>();

    private final FileOpener opener = new NativeFileOpener();

    /** What is cut, and after how many reads. For the thread that opens and reads the trace. */
    public static final class Cut {
        private final long reads;
        private final String file;
        private final long left;
        private long done;

        /**
         * Describes a cut.
         *
         * @param reads how many reads find everything
         * @param file  what the path of a file that is cut has in it
         * @param left  bytes that are left of it
         */
        public Cut(final long reads, final String file, final long left) {
            this.reads = reads;
            this.file = file;
            this.left = left;
        }

        /** Whether any read came after the cut. */
        public boolean isReached() {
            return done > reads;
        }
    }

    /** Cuts the segments that this thread opens from now on; null to open them as they are. */
    public static void cut(final Cut cut) {
        CUT.set(cut);
    }

    @Override
    public ReadOnlyFile open(final Path file) {
        final ReadOnlyFile opened = opener.open(file);
        final Cut cut = CUT.get();
        return cut == null || !file.toString().endsWith(".cq4") ? opened : new CutFile(opened, cut);
    }

    @Override
    public boolean isWritten(final Path directory) {
        return opener.isWritten(directory);
    }

    private record CutFile(ReadOnlyFile whole, Cut cut) implements ReadOnlyFile {
        private boolean isCut() {
            return cut.isReached() && file().toString().contains(cut.file);
        }

        private int least(final long offset, final int wanted) {
            return (int) Math.max(0, Math.min(wanted, cut.left - offset));
        }

        @Override
        public int read(final ByteBuffer buffer, final long offset, final int wanted) {
            cut.done++;
            final int there = isCut() ? least(offset, wanted) : wanted;
            return there == 0 ? 0 : whole.read(buffer, offset, there);
        }

        @Override
        public long nextData(final long offset) {
            return isCut() && offset >= cut.left ? -1 : whole.nextData(offset);
        }

        @Override
        public void release() {
            whole.release();
        }

        @Override
        public Path file() {
            return whole.file();
        }

        @Override
        public long length() {
            return whole.length();
        }

        @Override
        public long lengthNow() {
            return isCut() ? Math.min(cut.left, whole.lengthNow()) : whole.lengthNow();
        }
    }
}
