// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.drain.BufferSize;
import dev.sluice.bpf.reduce.Measure;
import dev.sluice.os.ThreadScheduling;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.store.write.SegmentRotation;
import dev.sluice.store.write.TraceLimits;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What a recording records, and how. Options are set by their names: {@code RecordOptions.of(pid,
 * directory).policy(BLOCK).build()}. An option that is not set has its default. Immutable; the builder is for one
 * thread.
 */
public final class RecordOptions {
    /** Size of a BPF ring buffer, in bytes, that is enough if only little goes through it. */
    public static final int DEFAULT_RING_BUFFER_BYTES = BufferSize.LEAST_OF_MACHINE;

    /**
     * Size of the hot BPF ring buffer, in bytes: a processor's own cache has room for it and for the rings of some
     * threads.
     */
    public static final int HOT_BUFFER_BYTES = 512 << 10;

    /**
     * Precedence of a thread that receives, as a nice value: nine of ten parts of a processor that one other thread
     * wants too, if the kernel schedules both in one group. Between groups (control groups, terminals where the kernel
     * makes groups of them) it decides nothing.
     */
    public static final int DEFAULT_NICE = -10;

    private static final int ALL_BY_DEFAULT = 128 << 20;
    private static final int LEAST_SHARES = 16;

    /** Least and greatest size of a BPF ring buffer that may be asked for, in bytes. */
    public static final int LEAST_RING_BUFFER_BYTES = BufferSize.LEAST;
    public static final int GREATEST_RING_BUFFER_BYTES = BufferSize.GREATEST;

    /** Least and greatest memory of a ring that may be asked for, in bytes. */
    public static final int LEAST_RING_BYTES = 16 << 10;
    public static final int GREATEST_RING_BYTES = 32 << 20;

    private final List<Long> pids;
    private final Path directory;
    private final List<EventChoice> choices;
    private final DrainSourceFactory source;
    private final FullPolicy policy;
    private final long blockTimeoutNs;
    private final int ringBufferBytes;
    private final int ringBytes;
    private final int nice;
    private final String commandLine;
    private final boolean mayTakeOver;
    private final TraceLimits limits;
    private final SegmentRotation rotation;
    private final List<Measure> measures;
    private final boolean awaitsMore;
    private final int expectedTargets;
    private final Consumer<String> whyShared;
    private final BooleanSupplier givenUp;

    private RecordOptions(final Builder builder) {
        pids = builder.pids;
        directory = builder.directory;
        choices = builder.patterns.stream().map(EventChoice::of).toList();
        source = builder.source;
        policy = builder.policy;
        blockTimeoutNs = builder.blockTimeoutNs;
        ringBufferBytes = builder.ringBufferBytes;
        ringBytes = builder.ringBytes;
        nice = builder.nice == null ? niceByDefault() : builder.nice;
        commandLine = builder.commandLine;
        mayTakeOver = builder.mayTakeOver;
        limits = builder.limits;
        rotation = builder.rotation;
        measures = List.copyOf(builder.measures);
        awaitsMore = builder.awaitsMore;
        expectedTargets = builder.expectedTargets;
        whyShared = builder.whyShared;
        givenUp = builder.givenUp;
    }

    /**
     * Begins options for recording all events of a process in batches that the kernel drains.
     *
     * @param pid       the process, at least 1; every target in it is recorded
     * @param directory the trace's directory; it must not exist, or be empty and belong to this user
     */
    public static Builder of(final long pid, final Path directory) {
        return of(List.of(pid), directory);
    }

    /**
     * Begins options for recording all events of several processes into one trace.
     *
     * @param pids      the processes, each at least 1 and given once; every target in them is recorded. None if all
     *                  are to join later ({@link Recorder#join})
     * @param directory the trace's directory; it must not exist, or be empty and belong to this user
     */
    public static Builder of(final List<Long> pids, final Path directory) {
        return new Builder(List.copyOf(pids), directory);
    }

    /** Makes options, each of them by its name. */
    public static final class Builder {
        private final List<Long> pids;
        private final Path directory;
        private List<String> patterns = List.of("*:*");
        private DrainSourceFactory source = EventPath.BATCH;
        private FullPolicy policy;
        private long blockTimeoutNs;
        private int ringBufferBytes;
        private int ringBytes;
        private Integer nice;
        private String commandLine = "";
        private boolean mayTakeOver;
        private TraceLimits limits = TraceLimits.DEFAULT;
        private SegmentRotation rotation = SegmentRotation.NONE;
        private List<Measure> measures = List.of();
        private boolean awaitsMore;
        private int expectedTargets;
        private Consumer<String> whyShared = reason -> { };
        private BooleanSupplier givenUp = () -> false;

        private Builder(final List<Long> pids, final Path directory) {
            this.pids = pids;
            this.directory = directory;
        }

        /**
         * Sets what is recorded: "provider:tracepoint" with * and ?, perhaps with a condition and a sampling
         * ({@link EventChoice}); at least one pattern. Default: everything.
         */
        public Builder patterns(final List<String> newPatterns) {
            patterns = newPatterns;
            return this;
        }

        /** Sets where events come from: {@link EventPath} or another factory. Default: {@link EventPath#BATCH}. */
        public Builder source(final DrainSourceFactory newSource) {
            source = newSource;
            return this;
        }

        /** Sets what a full ring does. Default: null, which stands for the target's own default. */
        public Builder policy(final FullPolicy newPolicy) {
            policy = newPolicy;
            return this;
        }

        /** Sets the longest wait under BLOCK, in ns. Default: 0, which stands for the target's own default. */
        public Builder blockTimeoutNs(final long newBlockTimeoutNs) {
            blockTimeoutNs = newBlockTimeoutNs;
            return this;
        }

        /**
         * Sets the size of each target's large BPF ring buffer, in bytes, {@link #LEAST_RING_BUFFER_BYTES} to
         * {@link #GREATEST_RING_BUFFER_BYTES}; it is rounded up to a power of two. Default: a size that depends on the
         * machine's memory, and less if the kernel refuses that.
         *
         * @throws IllegalArgumentException if the size is out of its range
         */
        public Builder ringBufferBytes(final long newRingBufferBytes) {
            ringBufferBytes = BufferSize.holding(newRingBufferBytes);
            return this;
        }

        /**
         * Sets the memory that the ring of one thread may have at most, in bytes, {@link #LEAST_RING_BYTES} to
         * {@link #GREATEST_RING_BYTES}. A target takes the nearest length that its rings can have, and what its
         * {@code sluice.region.memory} allows; one that is older than this option goes on as before. Default: what the
         * target's properties say.
         *
         * @throws IllegalArgumentException if the size is out of its range
         */
        public Builder ringBytes(final long newRingBytes) {
            if (newRingBytes < LEAST_RING_BYTES || newRingBytes > GREATEST_RING_BYTES) {
                throw new IllegalArgumentException("ringBytes=" + newRingBytes + " least=" + LEAST_RING_BYTES
                    + " greatest=" + GREATEST_RING_BYTES);
            }
            ringBytes = (int) newRingBytes;
            return this;
        }

        /**
         * Sets the precedence of the threads that receive, as a nice value, {@link ThreadScheduling#LEAST_NICE} to 0,
         * which leaves them as they are. A thread that may not have it, or has more already, stays as it is. Default:
         * {@link #DEFAULT_NICE}, so that a program whose threads take all processors leaves one to what empties its
         * rings; but 0 where the calling thread was given less precedence than usual.
         *
         * @throws IllegalArgumentException if the value is out of its range
         */
        public Builder nice(final int newNice) {
            if (newNice < ThreadScheduling.LEAST_NICE || newNice > 0) {
                throw new IllegalArgumentException("nice=" + newNice + " least=" + ThreadScheduling.LEAST_NICE
                    + " greatest=0");
            }
            nice = newNice;
            return this;
        }

        /** Sets the command line that the trace tells. Default: an empty text. */
        public Builder commandLine(final String newCommandLine) {
            commandLine = newCommandLine;
            return this;
        }

        /** Sets whether the session may be taken from a consumer that is stopped. Default: no. */
        public Builder mayTakeOver(final boolean newMayTakeOver) {
            mayTakeOver = newMayTakeOver;
            return this;
        }

        /** Sets how much room the trace may take. Default: {@link TraceLimits#DEFAULT}. */
        public Builder limits(final TraceLimits newLimits) {
            limits = newLimits;
            return this;
        }

        /** Sets when the trace goes on in another segment. Default: {@link SegmentRotation#NONE}. */
        public Builder rotation(final SegmentRotation newRotation) {
            rotation = newRotation;
            return this;
        }

        /**
         * Sets what is made of events in the kernel: then no event is stored, and the directory is removed at the end.
         * At most {@link Measure#MOST}. Default: nothing, and events are stored.
         */
        public Builder measures(final List<Measure> newMeasures) {
            measures = newMeasures;
            return this;
        }

        /**
         * Sets whether processes may join for as long as the recording runs: then it does not end with its last target,
         * and leaves kernel memory for those that are to come. Default: no.
         */
        public Builder awaitsMore(final boolean newAwaitsMore) {
            awaitsMore = newAwaitsMore;
            return this;
        }

        /** Sets how many targets will join soon, which the kernel memory of each is measured by. Default: 0. */
        public Builder expectedTargets(final int newExpectedTargets) {
            expectedTargets = newExpectedTargets;
            return this;
        }

        /**
         * Sets what is told, in one line, why a target is drained through shared memory after all, by
         * {@link EventPath#AUTO}. The thread that attaches calls it. Default: nothing.
         */
        public Builder whyShared(final Consumer<String> newWhyShared) {
            whyShared = newWhyShared;
            return this;
        }

        /**
         * Sets what is asked often while processes are attached to: whether nobody wants that any more. Attaching then
         * fails with {@link dev.sluice.consumer.attach.AttachException.Reason#GIVEN_UP}, and leaves the processes as
         * they were. Default: never.
         */
        public Builder givenUp(final BooleanSupplier newGivenUp) {
            givenUp = newGivenUp;
            return this;
        }

        /**
         * Makes the options. The builder may be used again.
         *
         * @throws IllegalArgumentException if an option is out of its range, or a pattern is none
         */
        public RecordOptions build() {
            final boolean isOnceEach = new HashSet<>(pids).size() == pids.size();
            if (patterns.isEmpty() || pids.stream().anyMatch(pid -> pid <= 0) || !isOnceEach || blockTimeoutNs < 0
                || measures.size() > Measure.MOST) {
                throw new IllegalArgumentException("pids=" + pids + " patterns=" + patterns + " blockTimeoutNs="
                    + blockTimeoutNs + " measures=" + measures.size() + " most=" + Measure.MOST);
            }
            return new RecordOptions(this);
        }
    }

    /** The processes that the recording begins with; every target in them is recorded. */
    public List<Long> pids() {
        return pids;
    }

    /** The trace's directory. */
    public Path directory() {
        return directory;
    }

    /** What is recorded; at least one choice. */
    public List<EventChoice> choices() {
        return choices;
    }

    /** Where events come from. */
    public DrainSourceFactory source() {
        return source;
    }

    /** What a full ring does; null stands for the target's own default. */
    public FullPolicy policy() {
        return policy;
    }

    /** Longest wait under BLOCK, in ns; 0 stands for the target's own default. */
    public long blockTimeoutNs() {
        return blockTimeoutNs;
    }

    /** The command line that the trace tells. */
    public String commandLine() {
        return commandLine;
    }

    /** Whether the session may be taken from a consumer that is stopped. */
    public boolean mayTakeOver() {
        return mayTakeOver;
    }

    /** How much room the trace may take. */
    public TraceLimits limits() {
        return limits;
    }

    /** When the trace goes on in another segment. */
    public SegmentRotation rotation() {
        return rotation;
    }

    /** What is made of events in the kernel; none if they are stored. */
    public List<Measure> measures() {
        return measures;
    }

    /** Whether processes may join for as long as the recording runs. */
    public boolean awaitsMore() {
        return awaitsMore;
    }

    /** Whether nobody wants any more what is being attached to. */
    BooleanSupplier givenUp() {
        return givenUp;
    }

    /** Is told why a target is drained through shared memory after all. */
    Consumer<String> whyShared() {
        return whyShared;
    }

    /**
     * Number of targets that the kernel memory of one target is measured by. Where more may come, this is twice those
     * that there are, and not less than 16: so all of them, however many come, never have much more than what
     * {@link #ringBufferBytes} bounds.
     *
     * @param targets those that there are, and those that come now
     */
    int shares(final int targets) {
        final int expected = Math.max(targets, expectedTargets);
        return awaitsMore ? Math.max(LEAST_SHARES, 2 * expected) : expected;
    }

    /** Memory that the ring of one thread may have at most, in bytes; 0 for what the target's properties say. */
    int ringBytes() {
        return ringBytes;
    }

    private static int niceByDefault() {
        return ThreadScheduling.nice() > 0 ? 0 : DEFAULT_NICE;
    }

    /** The precedence of threads that receive, as a nice value; 0 leaves them as they are. */
    public int nice() {
        return nice;
    }

    /** Whether a size of the BPF ring buffers was asked for. */
    boolean hasRingBufferBytes() {
        return ringBufferBytes != 0;
    }

    /**
     * Size of each target's large BPF ring buffer, in bytes. It is smaller than what was asked for if there are many
     * targets: the buffers are the kernel's own memory, which no limit of the user bounds. So the buffers of one
     * recording have together at most 128 MiB; or, if a size was asked for, at most the greatest size that may be asked
     * for.
     *
     * @param byDefault size if none was asked for
     */
    public int ringBufferBytes(final int targets, final int byDefault) {
        final int greatest = hasRingBufferBytes() ? BufferSize.GREATEST : ALL_BY_DEFAULT;
        final int share = Integer.highestOneBit(Math.max(BufferSize.LEAST, greatest / targets));
        return Math.min(hasRingBufferBytes() ? ringBufferBytes : byDefault, share);
    }

    /**
     * Size of the hot BPF ring buffer that is used together with a large buffer of the given size; 0 if a buffer of the
     * given size is small enough to be alone.
     */
    static int hotBufferBytes(final int ringBufferBytes) {
        return ringBufferBytes > HOT_BUFFER_BYTES ? HOT_BUFFER_BYTES : 0;
    }
}
