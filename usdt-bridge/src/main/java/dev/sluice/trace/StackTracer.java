// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static dev.sluice.trace.Field.int32;
import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;

/**
 * A tracepoint whose event is the calling thread's stack, innermost method first, as one text:
 * {@code Class.method:line;Class.method:line}. Fields: {@code probe_ns}, the time that the thread's previous event of
 * this kind took, the stack walk included, 0 at first; {@code depth}, the number of frames in the text; {@code frames},
 * the text.
 * <p>
 * Any thread. While nobody traces, {@link #fire()} costs a load and a branch. While somebody traces, it walks the stack
 * and allocates, which takes microseconds.
 */
public final class StackTracer {
    private static final ThreadLocal<long[]> LAST_NS = ThreadLocal.withInitial(() -> new long[1]);
    private static final StackWalker WALKER = StackWalker.getInstance();
    private static final int MAX_DEPTH = 1024;

    private final Tracepoint tracepoint;
    private final int depth;

    private StackTracer(final Tracepoint tracepoint, final int depth) {
        this.tracepoint = tracepoint;
        this.depth = depth;
    }

    /**
     * Declares the tracepoint; it is off until the provider's next {@link Provider#load()}.
     *
     * @param name  an identifier
     * @param depth greatest number of frames, 1 to 1024; a text longer than {@code sluice.string.limit} is cut
     */
    public static StackTracer of(final Provider provider, final String name, final int depth) {
        if (depth < 1 || depth > MAX_DEPTH) {
            throw new IllegalArgumentException("depth=" + depth + " is not from 1 to " + MAX_DEPTH);
        }
        return new StackTracer(
            provider.tracepoint(name, int64("probe_ns"), int32("depth"), string("frames")), depth);
    }

    /** Whether any tracer wants the event. */
    public boolean isEnabled() {
        return tracepoint.isEnabled();
    }

    /** Fires an event with the stack of the caller. Returns whether the tracepoint's ring bit was set. */
    public boolean fire() {
        return tracepoint.isEnabled() && fireStack();
    }

    private boolean fireStack() {
        final long before = System.nanoTime();
        final long[] last = LAST_NS.get();
        final StringBuilder frames = new StringBuilder();
        // The two innermost frames belong to this class.
        final int count = WALKER.walk(stack -> stack.skip(2).limit(depth).mapToInt(frame -> {
            frames.append(frames.isEmpty() ? "" : ";").append(frame.getClassName()).append('.')
                .append(frame.getMethodName()).append(':').append(frame.getLineNumber());
            return 1;
        }).sum());
        final boolean fired = tracepoint.event().put(last[0]).put(count).put(frames.toString()).fire();
        last[0] = System.nanoTime() - before;
        return fired;
    }
}
