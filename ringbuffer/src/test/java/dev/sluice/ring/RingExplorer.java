// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import dev.sluice.ring.control.FullPolicy;

/** Runs one scenario again and again, interfering after its first step, its second, and so on, until it is over. */
final class RingExplorer {
    private final RingRun.Kind kind;
    private final FullPolicy policy;
    private final boolean ownerDrains;
    private final int failures;
    private final InstrumentedLoader loader;
    private int runs;

    /**
     * An explorer.
     *
     * @param failures steps that fail, for deaths and errors
     * @param fault    seeded into the ring's classes, or null
     */
    RingExplorer(final RingRun.Kind kind, final FullPolicy policy, final boolean ownerDrains, final int failures,
                 final SeededFault fault) {
        this.kind = kind;
        this.policy = policy;
        this.ownerDrains = ownerDrains;
        this.failures = failures;
        this.loader = new InstrumentedLoader(fault);
    }

    /** Runs made. */
    int runs() {
        return runs;
    }

    /** What is wrong after the first interference after which something is, or null. */
    String firstFault(final long seed, final int operations) {
        boolean hasInterfered = true;
        for (int step = 0; hasInterfered; step++) {
            try (RingRun run = new RingRun(kind, policy, ownerDrains, seed, operations)) {
                final String fault = run(run, step);
                if (fault != null) {
                    return run + ", interference after step " + step + ": " + fault;
                }
                hasInterfered = StoreMeter.hasInterfered();
            }
        }
        return null;
    }

    private String run(final RingRun run, final int step) {
        runs++;
        DeferredStore.clear();
        final Runnable scenario = loader.scenario(run);
        if (kind == RingRun.Kind.DEATH || kind == RingRun.Kind.ERROR) {
            StoreMeter.failAfter(step, failures);
        } else {
            StoreMeter.preemptAfter(step);
        }
        try {
            scenario.run();
        } catch (final StoreMeter.Stopped e) {
            if (kind != RingRun.Kind.DEATH) {
                throw e;
            }
        } finally {
            StoreMeter.disarm();
        }
        return RingAudit.fault(run);
    }
}
