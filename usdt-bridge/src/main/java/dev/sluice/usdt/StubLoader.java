// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import dev.sluice.os.Errno;
import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.os.OwnedDescriptor;
import dev.sluice.os.Remedy;
import dev.sluice.os.jvm.Leftovers;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Loads stub objects into this process. Callable from any thread. If the environment allows no stubs, that is not an
 * error here: the result then has no stubs and says why. Objects are never unloaded, because a tracer may be attached
 * to them.
 */
public final class StubLoader {
    /** Memory that must live as long as the process: words without an object. */
    private static final ConcurrentLinkedQueue<ByteBuffer> KEPT = new ConcurrentLinkedQueue<>();

    private StubLoader() {
    }

    /** A loaded object: the address it was loaded at, and what it was loaded from. */
    record LoadedObject(long address, StubBacking backing, String path, String reason) {
    }

    private record Stored(String path, Closeable descriptor) {
    }

    /**
     * Writes and loads one object with all the probes given, as the properties {@value StubBacking#PROPERTY},
     * {@value ProbeSite#PROPERTY} and {@code sluice.usdt.dir} say.
     *
     * @param provider the provider's name, with the same legal characters as a probe's name
     * @param probes   the provider's probes, at least one
     * @throws IllegalArgumentException if a name is unfit or given twice, or there is no probe
     */
    public static LoadedStubs load(final String provider, final List<StubProbe> probes) {
        final Architecture architecture = Architecture.current().orElseGet(X86Architecture::new);
        // The declaration is checked in every environment: a program that is wrong must not pass where there are no
        // stubs.
        StubObject object = StubObject.ofProbes(architecture, ProbeSite.NOP1, provider, probes);
        try {
            final StubBacking wanted = StubBacking.configured();
            if (wanted == StubBacking.NONE) {
                return withoutStubs(provider, probes.size(), StubBacking.PROPERTY + "=none");
            }
            if (!StubCalls.available()) {
                return withoutStubs(provider, probes.size(), StubCalls.reason());
            }
            object = StubObject.ofProbes(architecture, ProbeSite.current(), provider, probes);
            return withStubs(provider, probes.size(), object, loadObject(NativeCalls.get(), provider, object, wanted));
        } catch (final NativeException | IllegalArgumentException e) {
            return withoutStubs(provider, probes.size(), e.getMessage());
        }
    }

    /**
     * Removes the files of all that was loaded and closes their descriptors. Code and words stay, and so do the
     * descriptors of anonymous files, because the linker must not see their numbers again. From Java 22 on both are
     * given back when the library's classes are unloaded.
     */
    public static void release() {
        Leftovers.removeFiles();
    }

    /**
     * Loads an object from the wanted backing, or from the other backing if that fails.
     *
     * @throws NativeException if neither works
     */
    static LoadedObject loadObject(final NativeCalls calls, final String label, final StubObject object,
        final StubBacking wanted) {
        if (wanted == StubBacking.NONE) {
            throw new NativeException("loading " + label, 0, StubBacking.PROPERTY + "=none forbids it", "");
        }
        final List<String> failures = new ArrayList<>();
        for (final StubBacking backing : backings(wanted)) {
            try {
                return loadFrom(calls, label, object, backing, String.join("; ", failures));
            } catch (final NativeException e) {
                failures.add(backing.text() + ": " + e.getMessage());
            }
        }
        throw new NativeException("loading " + label, 0, String.join("; ", failures), "");
    }

    private static List<StubBacking> backings(final StubBacking wanted) {
        return wanted == StubBacking.MEMFD
            ? List.of(StubBacking.MEMFD, StubBacking.FILE) : List.of(StubBacking.FILE, StubBacking.MEMFD);
    }

    /**
     * Loads an object whose functions are the native methods of classes of this copy of the library. The object is
     * unloaded with their class loader. Its file is removed at once, because nobody needs to find it.
     *
     * @throws NativeException if neither backing works
     */
    static void loadLibrary(final NativeCalls calls, final String label, final StubObject object,
        final StubBacking wanted) {
        if (wanted == StubBacking.NONE) {
            throw new NativeException("loading " + label, 0, StubBacking.PROPERTY + "=none forbids it", "");
        }
        final List<String> failures = new ArrayList<>();
        for (final StubBacking backing : backings(wanted)) {
            try {
                loadLibraryFrom(calls, label, object, backing);
                return;
            } catch (final NativeException | UnsatisfiedLinkError e) {
                failures.add(backing.text() + ": " + e.getMessage());
            }
        }
        throw new NativeException("loading " + label, 0, String.join("; ", failures), "");
    }

    private static void loadLibraryFrom(final NativeCalls calls, final String label, final StubObject object,
        final StubBacking backing) {
        final Stored stored = backing == StubBacking.FILE
            ? storeFile(calls, label, object) : storeAnonymous(calls, label, object);
        boolean isLoaded = false;
        try {
            System.load(stored.path);
            isLoaded = true;
        } finally {
            if (backing == StubBacking.FILE) {
                StubFiles.discard(stored.path);
            }
            // The linker must not see the descriptor number of an anonymous file again: see loadFrom.
            if (backing == StubBacking.FILE || !isLoaded) {
                OwnedDescriptor.close(stored.descriptor);
            }
        }
    }

    private static LoadedObject loadFrom(final NativeCalls calls, final String label, final StubObject object,
        final StubBacking backing, final String reason) {
        final Stored stored = backing == StubBacking.FILE
            ? storeFile(calls, label, object) : storeAnonymous(calls, label, object);
        try {
            final long handle = calls.dlopen(stored.path);
            final long address = calls.dlsym(handle, object.firstSymbol()) - object.codeOffset(0);
            // The descriptor stays open, because it holds the lock, and because the linker would take a later object
            // with the same /proc/self/fd number for this object. When the library's classes are unloaded, no thread
            // can be in the code.
            Leftovers.callWhenGone(calls.closing(handle));
            return new LoadedObject(address, backing, stored.path, reason);
        } catch (final NativeException e) {
            if (backing == StubBacking.FILE) {
                StubFiles.discard(stored.path);
            }
            OwnedDescriptor.close(stored.descriptor);
            throw e;
        }
    }

    private static Stored storeFile(final NativeCalls calls, final String label, final StubObject object) {
        final StubFiles files = StubFiles.configured(calls);
        files.sweepOnce();
        final StubFiles.Held held = files.create(label, object.bytes());
        return new Stored(held.path().toString(), held.descriptor());
    }

    private static Stored storeAnonymous(final NativeCalls calls, final String label, final StubObject object) {
        final int fd = createMemfd(calls, "sluice-" + label);
        try {
            StubFiles.writeAll(fd, object.bytes());
            calls.addSeals(fd, NativeCalls.F_SEAL_SHRINK | NativeCalls.F_SEAL_GROW | NativeCalls.F_SEAL_WRITE
                | NativeCalls.F_SEAL_SEAL);
            return new Stored("/proc/self/fd/" + fd, OwnedDescriptor.of(fd));
        } catch (final IOException e) {
            calls.close(fd);
            throw new NativeException("write(memfd)", 0, String.valueOf(e.getMessage()),
                Remedy.of(e).isEmpty() ? "make room in memory" : Remedy.of(e));
        } catch (final NativeException e) {
            calls.close(fd);
            throw e;
        }
    }

    private static int createMemfd(final NativeCalls calls, final String name) {
        final int flags = NativeCalls.MFD_CLOEXEC | NativeCalls.MFD_ALLOW_SEALING;
        try {
            return calls.memfdCreate(name, flags | NativeCalls.MFD_NOEXEC_SEAL);
        } catch (final NativeException e) {
            if (e.errno() != Errno.EINVAL) {
                throw e;
            }
            // Kernels before 6.3 do not know the flag.
            return calls.memfdCreate(name, flags);
        }
    }

    private static LoadedStubs withStubs(final String provider, final int count, final StubObject object,
        final LoadedObject loaded) {
        final long[] stubs = new long[count];
        final long[] words = new long[count];
        for (int i = 0; i < count; i++) {
            stubs[i] = loaded.address() + object.codeOffset(i);
            words[i] = loaded.address() + object.wordOffset(i);
        }
        return new LoadedStubs(provider, loaded.backing(), loaded.path(), loaded.reason(), stubs, words);
    }

    private static LoadedStubs withoutStubs(final String provider, final int count, final String reason) {
        final ByteBuffer memory = ByteBuffer.allocateDirect(StubObject.WORD_SIZE * count);
        KEPT.add(memory);
        final long address = new UnsafeBuffer(memory).addressOffset();
        final long[] words = new long[count];
        for (int i = 0; i < count; i++) {
            words[i] = address + (long) StubObject.WORD_SIZE * i;
        }
        return new LoadedStubs(provider, StubBacking.NONE, "", reason, new long[count], words);
    }
}
