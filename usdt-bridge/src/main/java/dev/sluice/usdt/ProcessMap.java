// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The file mappings of a process, as its {@code maps} file in /proc lists them. */
final class ProcessMap {
    private static final Pattern LINE = Pattern.compile(
        "(\\p{XDigit}{1,16})-(\\p{XDigit}{1,16}) (\\S{4}) (\\p{XDigit}{1,16}) (\\S+) (\\d{1,20}) *(.*)");

    /** A file mapped more often than this is somebody's attempt to keep readers busy. */
    private static final int MAX_MAPPINGS_OF_A_FILE = 256;

    /** One mapping; {@code device} and {@code inode} name its file. */
    record Mapping(long start, long end, String permissions, long offset, String device, String inode, String path) {
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

    private ProcessMap() {
    }

    /** Mappings by file, files in the order of their first address; anonymous memory is left out. */
    static List<List<Mapping>> parse(final List<String> lines) {
        final Map<String, List<Mapping>> files = new LinkedHashMap<>();
        for (final String line : lines) {
            final Matcher matcher = LINE.matcher(line);
            if (matcher.matches() && !matcher.group(6).equals("0")) {
                final Mapping mapping = new Mapping(Long.parseUnsignedLong(matcher.group(1), 16),
                    Long.parseUnsignedLong(matcher.group(2), 16), matcher.group(3),
                    Long.parseUnsignedLong(matcher.group(4), 16), matcher.group(5), matcher.group(6),
                    // The kernel escapes line ends, and nothing else.
                    matcher.group(7).replace("\\012", "\n"));
                final List<Mapping> file =
                    files.computeIfAbsent(mapping.device + " " + mapping.inode, key -> new ArrayList<>());
                if (file.size() < MAX_MAPPINGS_OF_A_FILE) {
                    file.add(mapping);
                }
            }
        }
        return List.copyOf(files.values());
    }
}
