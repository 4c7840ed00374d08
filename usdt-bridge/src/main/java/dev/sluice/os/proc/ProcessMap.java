// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.proc;

import dev.sluice.os.FileIdentity;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The executable files of a process, as its {@code maps} file in /proc lists them. The process may have a million
 * mappings with long names, and may change them meanwhile: so the list is read as a stream, and the part that is kept
 * is bounded. For one thread.
 */
public final class ProcessMap {
    /** The greatest number of files that are kept. A process with more executable files tries to keep readers busy. */
    public static final int MAX_FILES = 4096;

    private static final Pattern LINE = Pattern.compile(
        "(\\p{XDigit}{1,16})-(\\p{XDigit}{1,16}) (\\S{4}) (\\p{XDigit}{1,16}) "
            + "(\\p{XDigit}{1,8}):(\\p{XDigit}{1,8}) (\\d{1,20}) *(.*)", Pattern.DOTALL);
    private static final int MAX_MAPPINGS_OF_A_FILE = 256;
    private static final int MAX_PATHS_LENGTH = 2 << 20;
    private static final int MAX_LINE_BYTES = 20 << 10;
    private static final int BUFFER_LENGTH = 64 << 10;
    private static final int RADIX = 16;
    private static final int KERNEL_MINOR_BITS = 20;

    private final Map<FileIdentity, MappedFile> files = new LinkedHashMap<>();
    private final Problems problems = new Problems();
    private int pathsLength;
    private boolean isCut;

    /** One mapping. */
    public record Mapping(long start, long end, String permissions, long offset, FileIdentity file, String path) {
        boolean isExecutable() {
            return permissions.charAt(2) == 'x';
        }

        boolean isPrivateWritable() {
            return permissions.charAt(1) == 'w' && permissions.charAt(3) == 'p';
        }

        /** The address that a file offset has here, or 0 if it is not mapped here. */
        long addressOf(final long fileOffset) {
            final long distance = fileOffset - offset;
            return distance >= 0 && distance < end - start ? start + distance : 0;
        }
    }

    /** A file that is mapped executable at least once. */
    public static final class MappedFile {
        private final Mapping first;
        private final List<Mapping> code = new ArrayList<>();
        private final List<Mapping> data = new ArrayList<>();

        private MappedFile(final Mapping first) {
            this.first = first;
        }

        /** The file's first executable mapping, whose name is the file's name. */
        public Mapping first() {
            return first;
        }

        /** The address of the instruction at a file offset; 0 if no executable mapping contains it. */
        public long codeAddress(final long fileOffset) {
            return addressIn(code, fileOffset);
        }

        /**
         * The address of the word at a file offset, in a private writable mapping, where the kernel can change the word
         * for this process alone; 0 if there is no such mapping.
         */
        public long dataAddress(final long fileOffset) {
            return addressIn(data, fileOffset);
        }

        private static long addressIn(final List<Mapping> mappings, final long fileOffset) {
            for (final Mapping mapping : mappings) {
                final long address = mapping.addressOf(fileOffset);
                if (address != 0) {
                    return address;
                }
            }
            return 0;
        }
    }

    /** Opens the list again. */
    public interface Source {
        InputStream open() throws IOException;
    }

    private ProcessMap() {
    }

    /** Reads the list twice: first for the executable mappings, then for the writable ones of the same files. */
    public static ProcessMap read(final Source source) throws IOException {
        final ProcessMap map = new ProcessMap();
        map.eachLine(source, map::addCode);
        map.eachLine(source, map::addData);
        return map;
    }

    /** The files in the order of their first address. */
    public List<MappedFile> files() {
        return List.copyOf(files.values());
    }

    /** What was left out and why, one line each. */
    public List<String> problems() {
        return problems.lines();
    }

    private interface LineHandler {
        void line(String text);
    }

    private void eachLine(final Source source, final LineHandler handler) throws IOException {
        final byte[] buffer = new byte[BUFFER_LENGTH];
        final byte[] line = new byte[MAX_LINE_BYTES];
        int length = 0;
        try (InputStream in = source.open()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    if (buffer[i] == '\n') {
                        handle(line, length, handler);
                        length = 0;
                    } else if (length < line.length) {
                        line[length++] = buffer[i];
                    }
                }
            }
        }
        handle(line, length, handler);
    }

    /**
     * Handles a line. Most lines describe anonymous memory or files that are only read; those lines are not even
     * decoded.
     */
    private static void handle(final byte[] line, final int length, final LineHandler handler) {
        int at = 0;
        while (at < length && line[at] != ' ') {
            at++;
        }
        if (at + 4 < length && (line[at + 2] == 'w' || line[at + 3] == 'x')) {
            // Paths are bytes: a path that is not UTF-8 must not end the reading of the list.
            handler.line(new String(line, 0, length, StandardCharsets.UTF_8));
        }
    }

    private static Mapping parse(final String line, final boolean hasPath) {
        final Matcher matcher = LINE.matcher(line);
        if (!matcher.matches() || matcher.group(7).equals("0")) {
            return null;
        }
        final FileIdentity file = new FileIdentity(Long.parseLong(matcher.group(5), RADIX) << KERNEL_MINOR_BITS
            | Long.parseLong(matcher.group(6), RADIX), matcher.group(7));
        // The kernel escapes only line ends in names.
        return new Mapping(Long.parseUnsignedLong(matcher.group(1), RADIX),
            Long.parseUnsignedLong(matcher.group(2), RADIX), matcher.group(3),
            Long.parseUnsignedLong(matcher.group(4), RADIX), file,
            hasPath ? matcher.group(8).replace("\\012", "\n") : "");
    }

    private void addCode(final String line) {
        final Mapping mapping = parse(line, true);
        if (mapping == null || !mapping.isExecutable()) {
            return;
        }
        MappedFile file = files.get(mapping.file);
        if (file == null) {
            if (files.size() == MAX_FILES || pathsLength + mapping.path.length() > MAX_PATHS_LENGTH) {
                if (!isCut) {
                    isCut = true;
                    problems.add("more executable files are mapped than are looked at: the first " + files.size());
                }
                return;
            }
            pathsLength += mapping.path.length();
            file = new MappedFile(mapping);
            files.put(mapping.file, file);
        }
        add(file.code, mapping);
    }

    private void addData(final String line) {
        final Mapping mapping = parse(line, false);
        final MappedFile file = mapping == null || !mapping.isPrivateWritable() ? null : files.get(mapping.file);
        if (file != null) {
            add(file.data, mapping);
        }
    }

    private void add(final List<Mapping> mappings, final Mapping mapping) {
        if (mappings.size() < MAX_MAPPINGS_OF_A_FILE) {
            // The path is kept once.
            mappings.add(new Mapping(mapping.start, mapping.end, mapping.permissions, mapping.offset, mapping.file,
                ""));
        } else {
            problems.add("a file is mapped more than " + MAX_MAPPINGS_OF_A_FILE + " times: inode "
                + mapping.file.inode());
        }
    }

    /** For tests: the lines of a list. */
    static ProcessMap of(final List<String> lines) throws IOException {
        final byte[] bytes = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
        return read(() -> new ByteArrayInputStream(Arrays.copyOf(bytes, bytes.length)));
    }
}
