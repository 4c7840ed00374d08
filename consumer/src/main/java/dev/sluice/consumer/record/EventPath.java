// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.drain.BufferSize;
import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.receive.PullDrainer;
import dev.sluice.consumer.session.DrainCommands;

/** How events come from a target to its trace. */
public enum EventPath implements DrainSourceFactory {
    /** Events come through rings, in batches that BPF drains: one trap for each batch. */
    BATCH {
        @Override
        public boolean canReduce() {
            return true;
        }

        @Override
        public DrainSource open(final RecordedTarget target, final RecordOptions options, final int targets) {
            final boolean isDead = !DrainCommands.greet(target.session());
            // If the target is dead, its rings can be read, and there is nothing to attach to.
            return isDead && target.target().region().isMapped() && options.measures().isEmpty()
                ? SHARED.open(target, options, targets)
                : drainedByBpf(target, options, options.ringBufferBytes(targets, BufferSize.ofMachine()));
        }

        /**
         * Opens the source with the large buffer that the kernel grants. A container may have less memory than its
         * machine; if no size was asked for, a smaller buffer is enough.
         */
        private DrainSource drainedByBpf(final RecordedTarget target, final RecordOptions options, final int bytes) {
            try {
                return new BpfDrainSource(target.session(), target.trace(), options, bytes);
            } catch (final BpfException e) {
                if (e.errno() != ENOMEM || options.hasRingBufferBytes() || bytes <= BufferSize.LEAST_OF_MACHINE) {
                    throw e;
                }
                return drainedByBpf(target, options, bytes / 2);
            }
        }
    },
    /** Events come through rings, in batches that the consumer reads through shared memory. */
    SHARED {
        @Override
        public void check(final Target target) {
            target.requireShareable();
        }

        @Override
        public DrainSource open(final RecordedTarget target, final RecordOptions options, final int targets) {
            return ConsumerDrainSource.shared(target, options);
        }
    },
    /** Through rings, in batches that a BPF program copies which the consumer runs itself: no trap. */
    PULL {
        @Override
        public boolean isRegionMapped() {
            return false;
        }

        @Override
        public boolean canReduce() {
            return true;
        }

        @Override
        public void check(final Target target) {
            PullDrainer.requireOurs(target);
        }

        @Override
        public DrainSource open(final RecordedTarget target, final RecordOptions options, final int targets) {
            DrainCommands.greet(target.session());
            return options.measures().isEmpty() ? ConsumerDrainSource.pulled(target, options)
                : ConsumerDrainSource.reduced(target, options);
        }
    },
    /**
     * {@link #BATCH} where that works, else {@link #SHARED}: each target by itself, so that one that the kernel's way
     * does not work for is recorded all the same.
     */
    AUTO {
        @Override
        public DrainSource open(final RecordedTarget target, final RecordOptions options, final int targets) {
            final RuntimeException failure;
            try {
                return BATCH.open(target, options, targets);
            } catch (final BpfException e) {
                failure = e;
            } catch (final AttachException e) {
                if (e.reason() != AttachException.Reason.ENVIRONMENT) {
                    throw e;
                }
                failure = e;
            }
            return openShared(target, options, targets, firstLine(failure));
        }

        private DrainSource openShared(final RecordedTarget target, final RecordOptions options, final int targets,
                                       final String reason) {
            try {
                final DrainSource source = SHARED.open(target, options, targets);
                options.whyShared().accept(reason);
                return source;
            } catch (final RuntimeException e) {
                // If shared mode cannot work for the same reason, it is told once, as the error.
                if (!firstLine(e).equals(reason)) {
                    options.whyShared().accept(reason);
                }
                throw e;
            }
        }

        private String firstLine(final RuntimeException e) {
            return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        }
    },
    /** Events come as one trap each, without rings. */
    TRAP {
        @Override
        public boolean isThroughRings() {
            return false;
        }

        @Override
        public DrainSource open(final RecordedTarget target, final RecordOptions options, final int targets) {
            return new TrapSource(target.target(), target.trace(), options,
                options.ringBufferBytes(targets, RecordOptions.DEFAULT_RING_BUFFER_BYTES));
        }
    };

    private static final int ENOMEM = 12;

    @Override
    public boolean isThroughRings() {
        return true;
    }
}
