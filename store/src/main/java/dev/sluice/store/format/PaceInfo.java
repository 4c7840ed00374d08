// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

/**
 * What the thread that received and stored a target's events did with its time, as the kernel has counted it: where
 * events were refused or had to wait, it says which resource was short.
 *
 * @param wallNs      from its begin to its end, ns
 * @param idleNs      of that with nothing to receive, and until it was awake again
 * @param processorNs of that on a processor
 * @param queuedNs    of that ready to run while others had the processors
 */
public record PaceInfo(long wallNs, long idleNs, long processorNs, long queuedNs) {
    /** What was short. */
    public enum Short {
        /** It was idle most of the time: fast enough on average, but more came at once than buffers held. */
        BUFFER("buffer: more came at once than it holds (record --buffer; in shared and pull mode --ring)"),
        /** It was on a processor most of the time that it was not idle. */
        RECEIVER("the receiving thread's processor"),
        /** Others had the processors. */
        PROCESSORS("processors: others had them"),
        /** It waited for something else, which is the disk: the page cache was full of what was not written yet. */
        DISK("disk");

        private final String label;

        Short(final String label) {
            this.label = label;
        }

        /** For people. */
        public String label() {
            return label;
        }
    }

    /** Checks the ranges. */
    public PaceInfo {
        if (wallNs < 0 || idleNs < 0 || processorNs < 0 || queuedNs < 0) {
            throw new IllegalArgumentException("wallNs=" + wallNs + " idleNs=" + idleNs + " processorNs=" + processorNs
                + " queuedNs=" + queuedNs);
        }
    }

    /** Time in which it waited for something that is neither an event nor a processor, ns. */
    public long diskNs() {
        return Math.max(0, wallNs - Math.min(wallNs, idleNs) - Math.min(wallNs, processorNs)
            - Math.min(wallNs, queuedNs));
    }

    /** What was short if anything was: whether it was, the account of events says. */
    public Short shortage() {
        // Who is woken has to wait for a processor, and that is counted as idle as well.
        if (idleNs - queuedNs > wallNs / 2) {
            return Short.BUFFER;
        }
        if (diskNs() >= Math.max(processorNs, queuedNs)) {
            return Short.DISK;
        }
        return processorNs >= queuedNs ? Short.RECEIVER : Short.PROCESSORS;
    }
}
