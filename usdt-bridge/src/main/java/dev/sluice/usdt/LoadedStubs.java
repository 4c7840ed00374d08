// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

/**
 * The loaded stubs of a provider: for each probe the address of its code and the address of its 32-bit word. Immutable,
 * usable from any thread; they are never unloaded, so the addresses stay valid for the life of the process. If there
 * can be no stubs, the words are plain memory that neither the kernel nor a tracer writes, and {@link #reason()} says
 * why.
 */
public final class LoadedStubs {
    /** The half of a probe's word that the kernel keeps: not 0 while a tracer is attached to the probe. */
    public static final int SEMAPHORE_MASK = 0xFFFF;

    private final String provider;
    private final StubBacking backing;
    private final String path;
    private final String reason;
    private final long[] stubs;
    private final long[] words;

    LoadedStubs(final String provider, final StubBacking backing, final String path, final String reason,
        final long[] stubs, final long[] words) {
        this.provider = provider;
        this.backing = backing;
        this.path = path;
        this.reason = reason;
        this.stubs = stubs;
        this.words = words;
    }

    /** The provider's name. */
    public String provider() {
        return provider;
    }

    /** How many probes there are. */
    public int count() {
        return words.length;
    }

    /** Whether there is code to call. If there is none, every {@link #stub} is 0. */
    public boolean hasStubs() {
        return backing != StubBacking.NONE;
    }

    /** What holds the object. */
    public StubBacking backing() {
        return backing;
    }

    /** The path that the object was loaded from; empty without stubs. */
    public String path() {
        return path;
    }

    /**
     * Why there are no stubs, or why the backing is not the backing that was asked for; empty if everything is as asked
     * for.
     */
    public String reason() {
        return reason;
    }

    /** The address of a probe's code, to be called through {@link StubCalls}; 0 if there is none. */
    public long stub(final int index) {
        return stubs[index];
    }

    /**
     * The address of a probe's word, 4-byte aligned and never 0: the low half is the semaphore that the kernel keeps,
     * the high half, at the address plus 2, is the process's own.
     */
    public long word(final int index) {
        return words[index];
    }

    @Override
    public String toString() {
        return "LoadedStubs{provider=" + provider + ", count=" + count() + ", backing=" + backing.text()
            + ", path=" + path + ", reason=" + reason + '}';
    }
}
