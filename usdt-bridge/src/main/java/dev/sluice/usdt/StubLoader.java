// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.os.Outliving;
import dev.sluice.os.Remedy;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Loads stub objects into this process. Callable from any thread. An environment that allows no stubs is not an error
 * here: the result then has none and says why. Objects are never unloaded, because a tracer may be attached to them.
 */
public final class StubLoader {
    /** What must live as long as the process: words that are plain memory. */
    private static final ConcurrentLinkedQueue<ByteBuffer> KEPT = new ConcurrentLinkedQueue<>();

    private StubLoader() {
    }

    /** A loaded object: addresses of its code, and what it was loaded from. */
    record LoadedObject(long address, StubBacking backing, String path, String reason) {
    }

    private record Stored(String path, Closeable descriptor) {
    }

    /**
     * Writes and loads one object with all the probes given, as the properties {@value StubBacking#PROPERTY},
     * {@value ProbeSite#PROPERTY} and {@code sluice.usdt.dir} say.
     *
     * @param provider the provider's name, of the same characters as a probe's
     * @param probes   its probes, at least one
     * @throws IllegalArgumentException if a name is unfit or given twice, or there is no probe
     */
    public static LoadedStubs load(final String provider, final List<StubProbe> probes) {
        final Architecture architecture = Architecture.current().orElseGet(X86Architecture::new);
        // The declaration is checked whatever the environment is like: a program must not depend on it to be right.
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
     * Removes the files of all that was loaded and closes their descriptors. Code and words stay where they are, and so
     * do anonymous files, whose numbers the linker must not meet again: both go with our classes, from Java 22 on.
     */
    public static void release() {
        Outliving.removeFiles();
    }

    /**
     * Loads an object from the backing wanted, or from the other one.
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
     * Loads an object whose functions are the native methods of classes of this copy of the library. It goes with their
     * class loader. Its file is removed at once: nobody needs to find it.
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
            // The linker must not meet the number of an anonymous file again: see loadFrom.
            if (backing == StubBacking.FILE || !isLoaded) {
                Outliving.close(stored.descriptor);
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
            // The descriptor stays open: it holds the lock, and the linker would take a later object that got the same
            // /proc/self/fd number for this one. When our classes are gone, no thread can be in the code.
            Outliving.whenGone(calls.closing(handle));
            return new LoadedObject(address, backing, stored.path, reason);
        } catch (final NativeException e) {
            if (backing == StubBacking.FILE) {
                StubFiles.discard(stored.path);
            }
            Outliving.close(stored.descriptor);
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
            return new Stored("/proc/self/fd/" + fd, Outliving.descriptor(fd));
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
            if (e.errno() != NativeCalls.EINVAL) {
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
