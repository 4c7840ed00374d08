// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.store.pair.ThreadId;
import dev.sluice.store.proto.PerfettoFields;
import dev.sluice.store.proto.ProtoMessage;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.text.CommandText;
import java.util.HashMap;
import java.util.Map;

/**
 * The tracks of a Perfetto trace: processes, threads, virtual threads and counters. A track is described before its
 * first event, in each file. Its number follows from what it stands for, so it is the same whenever it is described.
 * For one thread.
 */
final class PerfettoTracks {
    private static final int MOST_TRACKS = 1 << 16;
    private static final long PROCESS = 1;
    private static final long THREAD = 2;
    private static final long VIRTUAL = 3;
    private static final long COUNTER = 4;
    private static final long PAIR = 5;

    private final ProtoMessage message;
    private final Map<Long, String> told = new HashMap<>();
    /** Names of processes by target: to make one of a long command line takes longer than to write an event. */
    private final Map<Integer, String> processNames = new HashMap<>();
    /** The packet that the track is described in. */
    private int packet;

    PerfettoTracks(final ProtoMessage message) {
        this.message = message;
    }

    /** A new file has begun: no track is described there. */
    void forget() {
        told.clear();
    }

    /** Mixes bits so that two tracks do not have one number. */
    private static long mix(final long kind, final long first, final long second) {
        long bits = kind * 0x9E3779B97F4A7C15L;
        for (final long part : new long[] {first, second}) {
            bits = (bits ^ part) * 0xBF58476D1CE4E5B9L;
            bits = (bits ^ bits >>> 29) * 0x94D049BB133111EBL;
            bits ^= bits >>> 32;
        }
        return bits | 1;
    }

    private boolean isTold(final long track, final String name) {
        if (name.equals(told.get(track))) {
            return true;
        }
        if (told.size() >= MOST_TRACKS) {
            // A track that is described again does no harm.
            told.clear();
        }
        told.put(track, name);
        return false;
    }

    private int begin(final long track) {
        packet = message.begin(PerfettoFields.PACKET);
        message.integer(PerfettoFields.SEQUENCE, PerfettoFields.OUR_SEQUENCE);
        final int descriptor = message.begin(PerfettoFields.TRACK_DESCRIPTOR);
        message.integer(PerfettoFields.TRACK_UUID, track);
        return descriptor;
    }

    private void end(final int descriptor) {
        message.end(descriptor).end(packet);
    }

    /** Describes a process if need be. */
    long process(final TargetTrace target) {
        final long track = mix(PROCESS, target.index(), 0);
        final String name = processNames.computeIfAbsent(target.index(),
            index -> CommandText.brief(target.info().commandLine()));
        if (!isTold(track, name)) {
            final int descriptor = begin(track);
            final int process = message.begin(PerfettoFields.TRACK_PROCESS);
            message.integer(PerfettoFields.PROCESS_PID, target.info().pid());
            message.text(PerfettoFields.PROCESS_NAME, name);
            message.end(process);
            end(descriptor);
        }
        return track;
    }

    /** Describes an event's thread if need be. */
    long thread(final EventView event) {
        final long virtual = event.virtualThreadId();
        return virtual == 0 ? thread(event.target(), event.tid(), event.threadName())
            : virtual(event.target(), virtual);
    }

    /** The track of a thread that was described for an event of it. */
    static long thread(final ThreadId thread) {
        return thread.virtualThreadId() == 0 ? mix(THREAD, thread.target(), thread.tid())
            : mix(VIRTUAL, thread.target(), thread.virtualThreadId());
    }

    /** Describes a platform thread if need be. */
    long thread(final TargetTrace target, final int tid, final String name) {
        final long parent = process(target);
        final long track = mix(THREAD, target.index(), tid);
        if (!isTold(track, name)) {
            final int descriptor = begin(track);
            message.integer(PerfettoFields.TRACK_PARENT, parent);
            final int thread = message.begin(PerfettoFields.TRACK_THREAD);
            message.integer(PerfettoFields.THREAD_PID, target.info().pid());
            message.integer(PerfettoFields.THREAD_TID, tid);
            if (!name.isEmpty()) {
                message.text(PerfettoFields.THREAD_NAME, name);
            }
            message.end(thread);
            end(descriptor);
        }
        return track;
    }

    /** A virtual thread has no id of the kernel's: it is a track of the process. */
    private long virtual(final TargetTrace target, final long virtualThreadId) {
        return child(target, mix(VIRTUAL, target.index(), virtualThreadId), "v" + virtualThreadId, false);
    }

    /** Describes the track of a numeric field. */
    long counter(final TargetTrace target, final String name) {
        return child(target, mix(COUNTER, target.index(), name.hashCode() * 31L + name.length()), name, true);
    }

    /** Describes the track of one pair of events. */
    long pair(final TargetTrace target, final String name, final long number) {
        return child(target, mix(PAIR, target.index(), number), name, false);
    }

    private long child(final TargetTrace target, final long track, final String name, final boolean isCounter) {
        final long parent = process(target);
        if (!isTold(track, name)) {
            final int descriptor = begin(track);
            message.integer(PerfettoFields.TRACK_PARENT, parent).text(PerfettoFields.TRACK_NAME, name);
            if (isCounter) {
                message.end(message.begin(PerfettoFields.TRACK_COUNTER));
            }
            end(descriptor);
        }
        return track;
    }
}
