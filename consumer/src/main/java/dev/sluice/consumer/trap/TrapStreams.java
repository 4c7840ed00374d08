// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.trap;

import dev.sluice.bpf.trap.TrapRecord;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.ThreadInfo;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * The packets of all kernel threads of one target. A target can have any number of threads, one after another: so
 * little is kept for each thread, and the number of open packets is limited. When one packet more is needed, the packet
 * that was opened first is finished, and its buffer is used again. For one thread.
 */
public final class TrapStreams {
    /** Packets that are open at a time: 32 MiB of buffers. */
    static final int MAX_OPEN = 512;
    /** The greatest number of threads that a recording tells apart. */
    static final int MAX_STREAMS = 1 << 16;

    /** Takes finished packets and new threads. */
    public interface Sink {
        /** Takes a thread that is seen for the first time. */
        void thread(ThreadInfo info);

        /** Takes a finished packet, which is valid during the call only. */
        void packet(long address, int lengthBytes);
    }

    /** The kernel's name for a thread. */
    public interface Names {
        String of(int tid);
    }

    private final TargetId targetId;
    private final Sink sink;
    private final Names names;
    private final Map<Integer, TrapStream> streams = new HashMap<>();
    /** The streams with an open packet, in the order in which the packets were opened. */
    private final LinkedHashSet<TrapStream> open = new LinkedHashSet<>();
    private final ArrayDeque<TrapBuffer> free = new ArrayDeque<>();
    private int buffers;
    private long storedBytes;

    public TrapStreams(final TargetId targetId, final Sink sink, final Names names) {
        this.targetId = targetId;
        this.sink = sink;
        this.names = names;
    }

    /** Whether any event of this schema fits into a packet. */
    public static boolean hasRoomFor(final EventSchema schema) {
        return TrapStream.maxLength(schema) <= TrapStream.CAPACITY;
    }

    /** Adds an event. False if the event's thread would exceed the greatest number of threads. */
    public boolean add(final TrapRecord record, final EventSchema schema) {
        final int tid = record.tid();
        TrapStream stream = streams.get(tid);
        if (stream == null) {
            if (streams.size() >= MAX_STREAMS) {
                return false;
            }
            stream = newStream(tid);
        }
        if (stream.isOpen() && !stream.hasRoomFor((int) TrapStream.maxLength(schema))) {
            finish(stream);
        }
        if (!stream.isOpen()) {
            stream.open(buffer());
            open.add(stream);
        }
        stream.add(record, schema);
        return true;
    }

    private TrapStream newStream(final int tid) {
        final TrapStream stream = new TrapStream(streams.size(), tid);
        streams.put(tid, stream);
        sink.thread(new ThreadInfo(stream.number(), StreamClass.TRAP, 0, tid, 0, names.of(tid), 0, 0,
            0, 0));
        return stream;
    }

    private TrapBuffer buffer() {
        if (open.size() >= MAX_OPEN) {
            finish(open.iterator().next());
        }
        final TrapBuffer buffer = free.poll();
        if (buffer != null) {
            return buffer;
        }
        buffers++;
        return new TrapBuffer();
    }

    private void finish(final TrapStream stream) {
        open.remove(stream);
        storedBytes += stream.finish(targetId, sink);
        free.add(stream.release());
    }

    /** Finishes the packets that were opened before a time of System.nanoTime. */
    public void finishOpenedBefore(final long timeNs) {
        while (!open.isEmpty() && open.iterator().next().openedNs() - timeNs < 0) {
            finish(open.iterator().next());
        }
    }

    /** Finishes all packets. */
    public void finishAll() {
        while (!open.isEmpty()) {
            finish(open.iterator().next());
        }
    }

    /** Buffers that were ever made. */
    int buffers() {
        return buffers;
    }

    /** Bytes of all packets finished so far. */
    public long storedBytes() {
        return storedBytes;
    }

    /** The account of what is stored for each thread. */
    public List<RingAccount> accounts() {
        final Collection<TrapStream> all = streams.values();
        final List<RingAccount> accounts = new ArrayList<>(all.size());
        for (final TrapStream stream : all) {
            accounts.add(new RingAccount(StreamKey.ofTraps(stream.number()), stream.events(), 0, 0, 0, stream.packets(),
                stream.events(), 0));
        }
        return accounts;
    }
}
