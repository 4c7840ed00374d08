// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.forged;

import dev.sluice.trace.Field;
import dev.sluice.trace.Provider;
import java.util.stream.IntStream;

/** Declares the events of the forged traces, fires none, and waits to be killed. */
final class ForgedProgram {
    private static final int LABELS = 256;
    private static final long LIFE_MS = 900_000;

    private ForgedProgram() {
    }

    /** The program. */
    public static void main(final String[] arguments) throws InterruptedException {
        final Provider provider = Provider.named("forged");
        provider.tracepoint("all", Field.int8("fINT8"), Field.int16("fINT16"), Field.int32("fINT32"),
            Field.int64("fINT64"), Field.uint8("fUINT8"), Field.uint16("fUINT16"), Field.uint32("fUINT32"),
            Field.uint64("fUINT64"), Field.float32("fFLOAT32"), Field.float64("fFLOAT64"), Field.bool("fBOOL"),
            Field.enumeration("fENUM8", "L0", "L1"), Field.enumeration("fENUM16",
                IntStream.range(0, LABELS).mapToObj(i -> "L" + i).toArray(String[]::new)),
            Field.string("fSTRING"), Field.bytes("fBYTES"));
        provider.tracepoint("empty");
        provider.load();
        System.out.println("ready");
        Thread.sleep(LIFE_MS);
    }
}
