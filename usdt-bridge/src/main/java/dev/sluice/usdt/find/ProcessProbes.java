// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt.find;

import dev.sluice.os.FileIdentity;
import dev.sluice.os.NativeException;
import dev.sluice.os.OpenedFile;
import dev.sluice.os.proc.Problems;
import dev.sluice.os.proc.ProcessAccess;
import dev.sluice.os.proc.ProcessMap;
import dev.sluice.usdt.StubFiles;
import dev.sluice.usdt.elf.ElfFormatException;
import dev.sluice.usdt.elf.ReadBudget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the USDT probes of running processes through /proc, wherever their objects are: on disk, replaced or deleted
 * since, in a memfd, or in another mount namespace. Those of copies of the library that have ended are left out. One
 * instance remembers the files that it has read, so asking it about many processes reads a shared library once; it is
 * for one thread and for one short look around.
 */
public final class ProcessProbes {
    /** Probes of one process. */
    static final int MAX_PROBES = 50_000;

    private static final String DELETED = " (deleted)";
    private static final String MEMFD = "/memfd:";
    private static final int SEMAPHORE_BYTES = 2;
    private static final int MAX_REMEMBERED_NOTES = 2 * ElfNotes.MAX_NOTES;

    private final Map<FileIdentity, ElfNotes.Contents> contentsByFile = new HashMap<>();
    private final ReadBudget budget = new ReadBudget(ElfNotes.MAX_READ_BYTES);
    private int filesRead;
    private int notesRemembered;

    /**
     * What a look at a process found.
     *
     * @param probes   in the order of its mappings
     * @param problems what could not be looked at and why, a line each; few, however many there were
     */
    public record Found(List<UsdtProbe> probes, List<String> problems) {
    }

    /** The probes of one process; as {@link #find} with a new instance. */
    public static List<UsdtProbe> of(final long pid) {
        return new ProcessProbes().find(pid);
    }

    /** As {@link #look}, without what could not be looked at. */
    public List<UsdtProbe> find(final long pid) {
        return look(pid).probes();
    }

    /**
     * The probes of a process. A file that cannot be read, or a note that is damaged, costs itself only.
     *
     * @throws NativeException if there is no such process, or it may not be looked at
     */
    public Found look(final long pid) {
        try (Inspected target = new Inspected(Path.of("/proc/" + pid))) {
            final List<UsdtProbe> probes = new ArrayList<>();
            final Problems problems = new Problems();
            final ProcessMap map = ProcessMap.read(() -> Files.newInputStream(target.directory.resolve("maps")));
            map.problems().forEach(problems::add);
            for (final ProcessMap.MappedFile file : map.files()) {
                addProbes(target, file, probes, problems);
                if (probes.size() == MAX_PROBES) {
                    problems.add("more than " + MAX_PROBES + " probes: the others are left out");
                    break;
                }
            }
            return new Found(probes, problems.lines());
        } catch (final NoSuchFileException e) {
            throw new NativeException("open(" + e.getFile() + ")", 0, "there is no process " + pid,
                "'sluice list --all' shows what can be traced");
        } catch (final AccessDeniedException e) {
            throw new NativeException("open(" + e.getFile() + ")", 0, "permission denied", ProcessAccess.remedy(pid));
        } catch (final IOException e) {
            throw new NativeException("read(/proc/" + pid + "/maps)", 0, String.valueOf(e.getMessage()),
                "check that process " + pid + " is still there");
        }
    }

    /** How many files were read so far: each once, however many processes map it. */
    public int filesRead() {
        return filesRead;
    }

    private void addProbes(final Inspected target, final ProcessMap.MappedFile file, final List<UsdtProbe> probes,
                           final Problems problems) {
        final ProcessMap.Mapping code = file.first();
        if (target.isLeftBehind(code.path())) {
            return;
        }
        try (OpenedFile opened = target.open(code)) {
            if (opened == null) {
                return;
            }
            final ElfNotes.Contents contents = contents(opened);
            contents.problems().forEach(problem -> problems.add(code.path() + ": " + problem));
            for (final ElfNotes.Note note : contents.notes()) {
                final long site = file.codeAddress(note.siteOffset());
                if (site != 0 && probes.size() < MAX_PROBES) {
                    final boolean hasSemaphore = note.semaphoreOffset() != 0;
                    final boolean isRaised = hasSemaphore && file.dataAddress(note.semaphoreOffset()) != 0;
                    // Where the site is, the rest of the object is beside it.
                    final long semaphore = hasSemaphore ? site + note.semaphoreDistance() : 0;
                    probes.add(new UsdtProbe(note.provider(), note.name(), note.arguments(), opened.toString(),
                        opened.identity(), note.siteOffset(), site,
                        !hasSemaphore ? 0 : isRaised ? note.semaphoreOffset() : UsdtProbe.NOT_IN_FILE, semaphore,
                        hasSemaphore ? target.semaphore(semaphore) : 0,
                        code.path().startsWith(MEMFD) ? "memfd" : "file"));
                }
            }
        } catch (final IOException e) {
            // Nothing can attach to it either.
            problems.add(code.path() + ": " + (e instanceof AccessDeniedException ? "permission denied"
                : e instanceof NoSuchFileException ? "there is no such file" : e.getMessage()));
        }
    }

    private ElfNotes.Contents contents(final OpenedFile file) throws IOException {
        ElfNotes.Contents contents = contentsByFile.get(file.identity());
        if (contents == null) {
            filesRead++;
            contents = readable(file);
            notesRemembered += contents.notes().size();
            if (notesRemembered > MAX_REMEMBERED_NOTES) {
                contentsByFile.clear();
                notesRemembered = contents.notes().size();
            }
            contentsByFile.put(file.identity(), contents);
        }
        return contents;
    }

    private ElfNotes.Contents readable(final OpenedFile file) throws IOException {
        try {
            return ElfNotes.read(file, budget);
        } catch (final ElfFormatException e) {
            // Not everything that is mapped executable is an ELF object, and that is nothing to tell.
            return new ElfNotes.Contents(List.of(), e.isForeign() ? List.of() : List.of(e.getMessage()));
        }
    }

    /** One process, while it is looked at. */
    private static final class Inspected implements AutoCloseable {
        private final Path directory;
        private final boolean sameRoot;
        private Map<FileIdentity, Path> memfds;
        private FileChannel memory;

        Inspected(final Path directory) {
            this.directory = directory;
            this.sameRoot = hasOurRoot();
        }

        /**
         * The very file that is mapped; null if that file has no probes, such as a device.
         *
         * @throws IOException if this user cannot reach the file
         */
        OpenedFile open(final ProcessMap.Mapping mapping) throws IOException {
            final OpenedFile named = openNamed(mapping);
            if (named != null && named.identity().equals(mapping.file())) {
                return named;
            }
            // The name may have been given to another file since: then only the mapping itself leads there. On file
            // systems whose numbers differ from those in maps, that is right too.
            final Path mapped = directory.resolve(
                "map_files/" + Long.toHexString(mapping.start()) + "-" + Long.toHexString(mapping.end()));
            if (Files.isReadable(mapped)) {
                closeQuietly(named);
                return Files.isRegularFile(mapped) ? OpenedFile.open(mapped) : null;
            }
            if (named != null && named.identity().inode().equals(mapping.file().inode())) {
                return named;
            }
            closeQuietly(named);
            if (mapping.path().startsWith("/dev/")) {
                return null;
            }
            throw new IOException("its name leads to another file, or to none, that this user can see");
        }

        private static void closeQuietly(final OpenedFile file) {
            if (file != null) {
                file.close();
            }
        }

        /** What the mapping's name leads to by now, or null. */
        private OpenedFile openNamed(final ProcessMap.Mapping mapping) {
            try {
                if (mapping.path().startsWith(MEMFD)) {
                    final Path descriptor = memfds().get(mapping.file());
                    return descriptor == null ? null : OpenedFile.open(descriptor);
                }
                return mapping.path().endsWith(DELETED) ? null
                    : OpenedFile.open(Path.of(sameRoot ? mapping.path() : directory + "/root" + mapping.path()));
            } catch (final IOException | InvalidPathException e) {
                // Gone, no regular file by now, or a name that this JVM's locale cannot spell.
                return null;
            }
        }

        /** The semaphore at an address, or -1. */
        int semaphore(final long address) {
            try {
                if (address <= 0) {
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

        /**
         * Whether a mapping is what is left of a copy of the library that has ended. It has removed its stub files, and
         * closed the descriptors that held their locks; of a living one whose file somebody else has removed, the
         * descriptor is still there.
         */
        boolean isLeftBehind(final String path) {
            if (!path.endsWith(DELETED)
                || !StubFiles.isStub(path.substring(path.lastIndexOf('/') + 1, path.length() - DELETED.length()))) {
                return false;
            }
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.resolve("fd"))) {
                for (final Path entry : entries) {
                    if (linkText(entry).equals(path)) {
                        return false;
                    }
                }
                return true;
            } catch (final IOException | DirectoryIteratorException e) {
                // Nobody can say.
                return false;
            }
        }

        private Map<FileIdentity, Path> memfds() {
            if (memfds == null) {
                memfds = new HashMap<>();
                try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.resolve("fd"))) {
                    for (final Path entry : entries) {
                        if (linkText(entry).startsWith(MEMFD) && memfds.size() < ProcessMap.MAX_FILES) {
                            try (OpenedFile file = OpenedFile.open(entry)) {
                                memfds.put(file.identity(), entry);
                            }
                        }
                    }
                } catch (final IOException | DirectoryIteratorException e) {
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

        @Override
        public void close() throws IOException {
            if (memory != null) {
                memory.close();
            }
        }
    }
}
