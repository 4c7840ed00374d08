// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static dev.sluice.trace.Field.int64;

/**
 * Times a block of code: fires an event when the block begins, and an event with the duration when the block ends. Its
 * two tracepoints, NAME_begin and NAME_end, are declared with a provider and loaded with that provider, like any
 * tracepoint:
 * <pre>{@code
 * private static final Latency PARSE = Latency.of(PROVIDER, "parse");
 *
 * try (Latency.Span span = PARSE.begin()) {
 *     parse();
 * }
 * final Document document = PARSE.measure(this::parse);
 * }</pre>
 * The first field of both events, {@code probe_ns}, measures the cost of this tracing. In an end event it is the time
 * that was spent firing the begin event of the same block. In a begin event it is the time that was spent firing the
 * thread's previous end event, or 0 if there was none. {@code duration_ns} contains neither: it is counted from when
 * the begin event has been fired.
 * <p>
 * Any thread. While nobody traces, a block costs two loads and two branches, and nothing is allocated. Blocks may be
 * nested. A block that was begun while nobody traced has no end event.
 */
public final class Latency {
    private static final ThreadLocal<long[]> LAST_END_NS = ThreadLocal.withInitial(() -> new long[1]);

    private final Tracepoint begin;
    private final Tracepoint end;
    private final Span disabled = new Span(this, false);

    /**
     * A block without a result.
     *
     * @param <E> what it throws
     */
    @FunctionalInterface
    public interface Block<E extends Exception> {
        /** Does it. */
        void run() throws E;
    }

    /**
     * A block with a result.
     *
     * @param <T> the result
     * @param <E> what it throws
     */
    @FunctionalInterface
    public interface Computation<T, E extends Exception> {
        /** Does it. */
        T get() throws E;
    }

    /** A block that was begun. Closing the span, once, ends the block. For the thread that began the block. */
    public static final class Span implements AutoCloseable {
        private final Latency latency;
        private boolean isOpen;
        private long probeNs;
        private long sinceNs;

        private Span(final Latency latency, final boolean isOpen) {
            this.latency = latency;
            this.isOpen = isOpen;
        }

        private void fireBegin() {
            final long before = System.nanoTime();
            latency.begin.fire(LAST_END_NS.get()[0]);
            sinceNs = System.nanoTime();
            probeNs = sinceNs - before;
        }

        /** Ends the block. */
        @Override
        public void close() {
            if (isOpen) {
                isOpen = false;
                final long now = System.nanoTime();
                latency.end.fire(probeNs, now - sinceNs);
                LAST_END_NS.get()[0] = System.nanoTime() - now;
            }
        }
    }

    private Latency(final Tracepoint begin, final Tracepoint end) {
        this.begin = begin;
        this.end = end;
    }

    /**
     * Declares both tracepoints; they are off until the provider's next {@link Provider#load()}.
     *
     * @param name an identifier of at most 58 characters
     */
    public static Latency of(final Provider provider, final String name) {
        return new Latency(provider.tracepoint(name + "_begin", int64("probe_ns")),
            provider.tracepoint(name + "_end", int64("probe_ns"), int64("duration_ns")));
    }

    /** Whether any tracer wants either event. */
    public boolean isEnabled() {
        return begin.isEnabled() || end.isEnabled();
    }

    /** Begins a block. */
    public Span begin() {
        if (!isEnabled()) {
            return disabled;
        }
        final Span span = new Span(this, true);
        span.fireBegin();
        return span;
    }

    /** Times a block. A block that throws ends too. */
    public <E extends Exception> void around(final Block<E> block) throws E {
        final Span span = begin();
        try {
            block.run();
        } finally {
            span.close();
        }
    }

    /** Times a block and returns the block's result. A block that throws ends too. */
    public <T, E extends Exception> T measure(final Computation<T, E> block) throws E {
        final Span span = begin();
        try {
            return block.get();
        } finally {
            span.close();
        }
    }
}
