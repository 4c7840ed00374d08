// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.ring.drain.BatchSink;
import dev.sluice.ring.memory.Memory;
import dev.sluice.usdt.ArgumentType;
import dev.sluice.usdt.LoadedStubs;
import dev.sluice.usdt.StubCalls;
import dev.sluice.usdt.StubLoader;
import dev.sluice.usdt.StubProbe;
import java.util.List;

/** The batch probe {@code sluice:drain} of this target: header address, content address, padded content length. */
public final class DrainProbe implements BatchSink {
    private final LoadedStubs stubs;
    private final long stub;
    private final long word;

    private DrainProbe(final LoadedStubs stubs, final long stub, final long word) {
        this.stubs = stubs;
        this.stub = stub;
        this.word = word;
    }

    /** Loads the probe. If it has no stubs, nobody can ever attach. */
    public static DrainProbe load() {
        final List<ArgumentType> arguments = List.of(ArgumentType.UINT64, ArgumentType.UINT64, ArgumentType.UINT64);
        final LoadedStubs stubs = StubLoader.load("sluice", List.of(new StubProbe("drain", arguments)));
        return new DrainProbe(stubs, stubs.stub(0), stubs.word(0));
    }

    /**
     * A probe that nobody can attach to and that does nothing, for a rehearsal.
     *
     * @param word address of a word that says that somebody has
     */
    static DrainProbe ofNothing(final long word) {
        return new DrainProbe(null, StubCalls.nothing(), word);
    }

    @Override
    public boolean isAttached() {
        return stub != 0 && (Memory.getIntVolatile(word) & LoadedStubs.SEMAPHORE_MASK) != 0;
    }

    @Override
    public void drain(final long headerAddress, final long contentAddress, final int paddedLength) {
        StubCalls.drain(stub, headerAddress, contentAddress, paddedLength);
    }

    /** Address of the code, 0 if there is none. */
    public long stub() {
        return stub;
    }

    /** Address of the word. */
    public long word() {
        return word;
    }
}
