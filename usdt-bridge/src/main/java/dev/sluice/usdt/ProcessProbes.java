// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the USDT probes of running processes through /proc, wherever their objects are: on disk, replaced or deleted
 * since, in a memfd, or in another mount namespace. One instance remembers the files that it has read, so asking it
 * about many processes reads a shared library once; it is for one thread and for one short look around.
 */
public final class ProcessProbes {
    private static final String DELETED = " (deleted)";
    private static final String MEMFD = "/memfd:";
    private static final int SEMAPHORE_BYTES = 2;

    private final Map<Object, List<ElfNotes.Note>> notesByFile = new HashMap<>();
    private int filesRead;

    /** The probes of one process; as {@link #find} with a new instance. */
    public static List<UsdtProbe> of(final long pid) {
        return new ProcessProbes().find(pid);
    }

    /**
     * The probes of a process, in the order of its mappings. Objects that cannot be read, or are damaged, have none.
     *
     * @throws NativeException if there is no such process, or it may not be looked at
     */
    public List<UsdtProbe> find(final long pid) {
        final Target target = new Target(Path.of("/proc/" + pid));
        try (target) {
            final List<UsdtProbe> probes = new ArrayList<>();
            for (final List<ProcessMap.Mapping> file : ProcessMap.parse(target.mapLines())) {
                addProbes(target, file, probes);
            }
            return probes;
        } catch (final NoSuchFileException e) {
            throw new NativeException("open(" + e.getFile() + ")", 0, "there is no process " + pid, "");
        } catch (final AccessDeniedException e) {
            throw new NativeException("open(" + e.getFile() + ")", 0, "permission denied",
                "run as the user of process " + pid + " or as root");
        } catch (final IOException e) {
            throw new NativeException("read(/proc/" + pid + "/maps)", 0, String.valueOf(e.getMessage()),
                "check that process " + pid + " is still there");
        }
    }

    /** How many files were read so far: each once, however many processes map it. */
    public int filesRead() {
        return filesRead;
    }

    private void addProbes(final Target target, final List<ProcessMap.Mapping> file, final List<UsdtProbe> probes) {
        final ProcessMap.Mapping code =
            file.stream().filter(ProcessMap.Mapping::isExecutable).findFirst().orElse(null);
        if (code == null) {
            return;
        }
        final Path path = target.resolve(code);
        for (final ElfNotes.Note note : notes(path)) {
            long site = 0;
            long semaphore = 0;
            for (final ProcessMap.Mapping mapping : file) {
                if (site == 0 && mapping.isExecutable()) {
                    site = mapping.addressOf(note.siteOffset());
                }
                if (semaphore == 0 && note.semaphoreOffset() != 0 && mapping.isPrivateWritable()) {
                    semaphore = mapping.addressOf(note.semaphoreOffset());
                }
            }
            if (site != 0) {
                final String backing = code.path().startsWith(MEMFD) ? "memfd" : "file";
                probes.add(new UsdtProbe(note.provider(), note.name(), note.arguments(), path.toString(),
                    note.siteOffset(), site, note.semaphoreOffset(), semaphore,
                    note.semaphoreOffset() == 0 ? 0 : target.semaphore(semaphore), backing));
            }
        }
    }

    private List<ElfNotes.Note> notes(final Path path) {
        try {
            // A device can do anything when it is opened, and a pipe can wait for ever.
            final BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                return List.of();
            }
            final Object key = attributes.fileKey();
            List<ElfNotes.Note> notes = notesByFile.get(key);
            if (notes == null) {
                filesRead++;
                notes = readable(path);
                notesByFile.put(key, notes);
            }
            return notes;
        } catch (final IOException e) {
            // The file is gone, or this user may not see it: nothing can attach to it either.
            return List.of();
        }
    }

    private static List<ElfNotes.Note> readable(final Path path) throws IOException {
        try {
            return ElfNotes.read(path);
        } catch (final ElfFormatException e) {
            // Not everything that is mapped executable is an ELF object, and a broken one must not hide the others.
            return List.of();
        }
    }

    /** One process, while it is looked at. */
    private static final class Target implements AutoCloseable {
        private final Path directory;
        private final boolean sameRoot;
        private Map<String, Path> memfds;
        private FileChannel memory;

        Target(final Path directory) {
            this.directory = directory;
            this.sameRoot = hasOurRoot();
        }

        List<String> mapLines() throws IOException {
            // Paths are bytes: what is not UTF-8 must not stop the list.
            final byte[] bytes = Files.readAllBytes(directory.resolve("maps"));
            return new String(bytes, StandardCharsets.UTF_8).lines().toList();
        }

        /** A path that leads to the very file that is mapped. */
        Path resolve(final ProcessMap.Mapping mapping) {
            final Path mapped = directory.resolve(
                "map_files/" + Long.toHexString(mapping.start()) + "-" + Long.toHexString(mapping.end()));
            if (mapping.path().startsWith(MEMFD)) {
                return memfds().getOrDefault(mapping.inode(), mapped);
            }
            final Path named;
            try {
                named = Path.of(sameRoot ? mapping.path() : directory + "/root" + mapping.path());
            } catch (final InvalidPathException e) {
                // A name that this JVM's locale cannot spell.
                return mapped;
            }
            // The name may have been given to another file since: then only the mapping itself leads there. On
            // file systems whose inode numbers differ from those in maps, that is right too.
            final boolean same = !mapping.path().endsWith(DELETED) && mapping.inode().equals(inode(named));
            return same || !Files.isReadable(mapped) ? named : mapped;
        }

        /** The semaphore at an address, or -1. */
        int semaphore(final long address) {
            try {
                if (address == 0) {
                    return -1;
                }
                if (memory == null) {
                    memory = FileChannel.open(directory.resolve("mem"), StandardOpenOption.READ);
                }
                final ByteBuffer value = ByteBuffer.allocate(SEMAPHORE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
                return memory.read(value, address) == SEMAPHORE_BYTES ? Short.toUnsignedInt(value.getShort(0)) : -1;
            } catch (final IOException e) {
                // Reading another's memory takes more rights than listing its mappings.
                return -1;
            }
        }

        private Map<String, Path> memfds() {
            if (memfds == null) {
                memfds = new HashMap<>();
                try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.resolve("fd"))) {
                    for (final Path entry : entries) {
                        if (linkText(entry).startsWith(MEMFD)) {
                            memfds.put(inode(entry), entry);
                        }
                    }
                } catch (final IOException e) {
                    // Without the right to see descriptors, map_files is tried.
                    return memfds;
                }
            }
            return memfds;
        }

        private boolean hasOurRoot() {
            return linkText(directory.resolve("root")).equals("/")
                && linkText(directory.resolve("ns/mnt")).equals(linkText(Path.of("/proc/self/ns/mnt")));
        }

        private static String linkText(final Path link) {
            try {
                return Files.readSymbolicLink(link).toString();
            } catch (final IOException e) {
                return "";
            }
        }

        private static String inode(final Path path) {
            try {
                return String.valueOf(Files.getAttribute(path, "unix:ino"));
            } catch (final IOException e) {
                return "";
            }
        }

        @Override
        public void close() throws IOException {
            if (memory != null) {
                memory.close();
            }
        }
    }
}
