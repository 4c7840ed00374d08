// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import static dev.sluice.trace.Field.int64;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Firing;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.session.BpfReceiver;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.nio.file.Path;

/**
 * For several threads: into the ring of each, whose batches BPF drains; a thread receives and checks their events, and
 * stores nothing. The threads share the tracepoints, each of which is a field and no constant, however many there are.
 */
public final class ThreadsPath implements FirePath {
    private static final String PROVIDER_NAME = "bench_threads";

    private final Provider provider = Provider.named(PROVIDER_NAME);
    private final Tracepoint[] tracepoints;
    private BpfReceiver receiver;

    /**
     * What a thread fires.
     *
     * @param tracepoint of it, and perhaps of others
     */
    private record OfThread(Tracepoint tracepoint) implements Firing {
        @Override
        public long fire(final long a, final long b) {
            return tracepoint.fire(a, b) ? a : a + b;
        }
    }

    /** With so many tracepoints, 1 or as many as there are threads. */
    public ThreadsPath(final String count) {
        tracepoints = new Tracepoint[Integer.parseInt(count)];
        for (int i = 0; i < tracepoints.length; i++) {
            tracepoints[i] = provider.tracepoint("two" + i, int64("a"), int64("b"));
        }
    }

    @Override
    public void open(final Path directory) {
        provider.load();
        receiver = BpfReceiver.checking(PROVIDER_NAME + ":*");
    }

    @Override
    public Firing ofThread(final int index) {
        return new OfThread(tracepoints[index % tracepoints.length]);
    }

    @Override
    public long fire(final long a, final long b) {
        return ofThread(0).fire(a, b);
    }

    @Override
    public Stored finish(final long fired) {
        receiver.finish();
        return receiver.stored();
    }

    @Override
    public void close() {
        if (receiver != null) {
            receiver.close();
        }
    }
}
