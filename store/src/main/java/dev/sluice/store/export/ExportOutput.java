// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.store.export.file.ExportFiles;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.MadeDirectories;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files of one export. Each is written under a name that ends in {@code .part}, and gets its own name when all
 * files are complete. So an export that was ended, was killed or ran out of disk space leaves nothing that looks
 * complete. An existing file is never written to or replaced. For one thread. Closing removes the files of an export
 * that is not complete.
 */
final class ExportOutput implements AutoCloseable {
    private static final String PART = ".part";
    private static final int BUFFER_LENGTH = 1 << 16;

    private final Path out;
    private final boolean isDirectory;
    private final ExportWatch watch;
    private final List<Part> parts = new ArrayList<>();
    private final List<Path> renamed = new ArrayList<>();
    /** Directories that were made for it, each before those above it. */
    private final List<Path> made;
    private boolean isComplete;
    private long written;

    /** A file while it is being written, and the name that it will get. */
    private record Part(Path part, Path whole, OutputStream stream) {
    }

    /**
     * Makes an output that has no file yet.
     *
     * @param out         the directory of the files, which is new or empty; or the first file, which is new
     * @param isDirectory whether {@code out} is the directory
     * @throws TraceStoreException if something is there already
     */
    ExportOutput(final Path out, final boolean isDirectory, final ExportWatch watch) throws IOException {
        this.out = out;
        this.isDirectory = isDirectory;
        this.watch = watch;
        if (isDirectory) {
            made = ExportFiles.makeEmpty(out);
        } else {
            requireNew(out);
            made = MadeDirectories.makeAbove(out);
        }
    }

    private static void requireNew(final Path file) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw existing(file, file + " exists already");
        }
    }

    private static TraceStoreException existing(final Path file, final String flaw) {
        return new TraceStoreException("cannot write the export: " + flaw + "; choose another name (-o OUT), or remove "
            + file);
    }

    /**
     * Makes a file in the directory.
     *
     * @return a stream for writes of any size; this object closes it
     */
    OutputStream file(final String name) throws IOException {
        return open(out.resolve(name));
    }

    /**
     * Makes a file if the output is no directory. The files after the first one get a number before their ending.
     *
     * @param number from 1
     */
    OutputStream file(final int number) throws IOException {
        return open(numbered(number));
    }

    private Path numbered(final int number) {
        final String name = out.getFileName().toString();
        final int dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length();
        return number == 1 ? out
            : out.resolveSibling(name.substring(0, dot) + '-' + number + name.substring(dot));
    }

    private OutputStream open(final Path whole) throws IOException {
        requireNew(whole);
        final Path part = whole.resolveSibling(whole.getFileName() + PART);
        final FileChannel channel;
        try {
            channel = ExportFiles.create(part);
        } catch (final FileAlreadyExistsException e) {
            throw existing(part, "another export to " + whole + " is running, or was killed and has left " + part);
        }
        final OutputStream stream = new BufferedOutputStream(new Sink(channel), BUFFER_LENGTH);
        parts.add(new Part(part, whole, stream));
        return stream;
    }

    /** Asks the watch whether to go on. Exporters that write little call this from time to time. */
    void goOn() {
        goOn(watch, written);
    }

    /** Asks a watch whether to go on. */
    static void goOn(final ExportWatch watch, final long written) {
        if (!watch.goesOn(written)) {
            throw new TraceStoreException("the export was ended before it was complete; nothing of it was kept: run it"
                + " again");
        }
    }

    /** Writes, counts the bytes, and asks whether to go on. */
    private final class Sink extends OutputStream {
        private final FileChannel channel;

        Sink(final FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void write(final int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(final byte[] bytes, final int offset, final int length) throws IOException {
            final ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            written += length;
            goOn();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /**
     * Closes all files and gives them their names.
     *
     * @return the directory, or the files
     */
    List<Path> complete() throws IOException {
        for (final Part part : parts) {
            part.stream.close();
        }
        for (final Part part : parts) {
            rename(part);
            renamed.add(part.whole);
        }
        isComplete = true;
        return isDirectory ? List.of(out) : parts.stream().map(Part::whole).toList();
    }

    /** Gives a file its name. A link fails if a file of that name exists by now; renaming would replace that file. */
    private static void rename(final Part part) throws IOException {
        try {
            Files.createLink(part.whole, part.part);
        } catch (final FileAlreadyExistsException e) {
            throw existing(part.whole, part.whole + " was made by somebody else meanwhile");
        } catch (final UnsupportedOperationException | FileSystemException e) {
            // The file system has no links.
            Files.move(part.part, part.whole);
            return;
        }
        Files.delete(part.part);
    }

    @Override
    public void close() throws IOException {
        if (isComplete) {
            return;
        }
        for (final Part part : parts) {
            try {
                part.stream.close();
            } catch (final IOException | TraceStoreException e) {
                // A file that could not be closed is removed next. The caller reports the failure that came first.
                continue;
            } finally {
                Files.deleteIfExists(part.part);
            }
        }
        for (final Path whole : renamed) {
            Files.deleteIfExists(whole);
        }
        MadeDirectories.remove(made);
    }
}
