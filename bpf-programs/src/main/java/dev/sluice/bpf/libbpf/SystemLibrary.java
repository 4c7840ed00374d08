// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Finds a shared library where the system keeps them, and nowhere else: a name alone would be looked up in whatever
 * {@code jna.library.path}, a search path or the working directory say, and root would run whatever somebody has put
 * there. A library is accepted only if nobody but root can change it or any directory above it. Stateless: any thread.
 */
final class SystemLibrary {
    private static final int ROOT = 0;
    private static final int GROUP_OR_OTHERS_WRITE = 0022;
    /** Mode bit of a directory: other users may add files, but cannot change or remove files of others. */
    private static final int STICKY = 01000;
    private static final Map<String, String> TRIPLETS =
        Map.of("amd64", "x86_64-linux-gnu", "aarch64", "aarch64-linux-gnu");

    private SystemLibrary() {
    }

    /** The directories of the system's libraries, in the order of the search. */
    static List<Path> directories() {
        final String triplet = TRIPLETS.getOrDefault(System.getProperty("os.arch"), "");
        return Stream.of("/usr/lib/" + triplet, "/lib/" + triplet, "/usr/lib64", "/lib64", "/usr/lib", "/lib",
            "/usr/local/lib/" + triplet, "/usr/local/lib64", "/usr/local/lib").distinct().map(Path::of).toList();
    }

    /**
     * The first library with a file name.
     *
     * @return its absolute path, without links
     * @throws FileNotFoundException if there is no such library
     * @throws IOException           if other users could have changed it; the message says what to do about it
     */
    static Path find(final String name, final List<Path> directories) throws IOException {
        String refusal = null;
        for (final Path directory : directories) {
            final Path named = directory.resolve(name);
            if (!Files.exists(named)) {
                continue;
            }
            final Path library = named.toRealPath();
            final Path unsafe = firstUnsafe(library);
            if (unsafe == null && Files.isRegularFile(library)) {
                return library;
            }
            refusal = unsafe == null ? library + " is no file: install the library anew"
                : unsafe + " can be changed by others than root: chown it to root and chmod it go-w";
        }
        throw refusal == null ? new FileNotFoundException("it is in none of " + directories) : new IOException(refusal);
    }

    private static Path firstUnsafe(final Path library) throws IOException {
        for (Path path = library; path != null; path = path.getParent()) {
            final Map<String, Object> attributes = Files.readAttributes(path, "unix:uid,mode");
            final int mode = (Integer) attributes.get("mode");
            final boolean isOthers = (mode & GROUP_OR_OTHERS_WRITE) != 0 && ((mode & STICKY) == 0 || path == library);
            if (isOthers || (Integer) attributes.get("uid") != ROOT) {
                return path;
            }
        }
        return null;
    }
}
