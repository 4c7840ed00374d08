// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.proto;

/** Numbers of fields in Perfetto's messages, as they are published. Stateless. */
public final class PerfettoFields {
    // Of the trace, and of a packet.
    /** Packet. */
    public static final int PACKET = 1;
    /** Clock snapshot. */
    public static final int CLOCK_SNAPSHOT = 6;
    /** Timestamp. */
    public static final int TIMESTAMP = 8;
    /** Sequence. */
    public static final int SEQUENCE = 10;
    /** Track event. */
    public static final int TRACK_EVENT = 11;
    /** Interned. */
    public static final int INTERNED = 12;
    /** Sequence flags. */
    public static final int SEQUENCE_FLAGS = 13;
    /** Timestamp clock. */
    public static final int TIMESTAMP_CLOCK = 58;
    /** Track descriptor. */
    public static final int TRACK_DESCRIPTOR = 60;
    // Of a snapshot of clocks, and of a clock.
    /** Clocks. */
    public static final int CLOCKS = 1;
    /** Primary clock. */
    public static final int PRIMARY_CLOCK = 2;
    /** Clock id. */
    public static final int CLOCK_ID = 1;
    /** Clock time. */
    public static final int CLOCK_TIME = 2;
    // Of a track, a process and a thread.
    /** Track uuid. */
    public static final int TRACK_UUID = 1;
    /** Track name. */
    public static final int TRACK_NAME = 2;
    /** Track process. */
    public static final int TRACK_PROCESS = 3;
    /** Track thread. */
    public static final int TRACK_THREAD = 4;
    /** Track parent. */
    public static final int TRACK_PARENT = 5;
    /** Track counter. */
    public static final int TRACK_COUNTER = 8;
    /** Process pid. */
    public static final int PROCESS_PID = 1;
    /** Process name. */
    public static final int PROCESS_NAME = 6;
    /** Thread pid. */
    public static final int THREAD_PID = 1;
    /** Thread tid. */
    public static final int THREAD_TID = 2;
    /** Thread name. */
    public static final int THREAD_NAME = 5;
    // Of what is interned: categories, names of events, names of annotations.
    /** Categories. */
    public static final int CATEGORIES = 1;
    /** Event names. */
    public static final int EVENT_NAMES = 2;
    /** Annotation names. */
    public static final int ANNOTATION_NAMES = 3;
    /** Interned id. */
    public static final int INTERNED_ID = 1;
    /** Interned name. */
    public static final int INTERNED_NAME = 2;
    // Of an event.
    /** Event category id. */
    public static final int EVENT_CATEGORY_ID = 3;
    /** Event annotation. */
    public static final int EVENT_ANNOTATION = 4;
    /** Event type. */
    public static final int EVENT_TYPE = 9;
    /** Event name id. */
    public static final int EVENT_NAME_ID = 10;
    /** Event track. */
    public static final int EVENT_TRACK = 11;
    /** Event category. */
    public static final int EVENT_CATEGORY = 22;
    /** Event name. */
    public static final int EVENT_NAME = 23;
    /** Event counter. */
    public static final int EVENT_COUNTER = 30;
    /** Event double counter. */
    public static final int EVENT_DOUBLE_COUNTER = 44;
    // Of an annotation.
    /** Name id. */
    public static final int NAME_ID = 1;
    /** Bool. */
    public static final int BOOL = 2;
    /** Uint. */
    public static final int UINT = 3;
    /** Int. */
    public static final int INT = 4;
    /** Double. */
    public static final int DOUBLE = 5;
    /** Text. */
    public static final int TEXT = 6;
    /** Name. */
    public static final int NAME = 10;
    /** Entries. */
    public static final int ENTRIES = 11;
    // Values.
    /** Our sequence. */
    public static final int OUR_SEQUENCE = 1;
    /** Cleared. */
    public static final int CLEARED = 1;
    /** Needs state. */
    public static final int NEEDS_STATE = 2;
    /** Realtime. */
    public static final int REALTIME = 1;
    /** Monotonic. */
    public static final int MONOTONIC = 3;
    /** Slice begin. */
    public static final int SLICE_BEGIN = 1;
    /** Slice end. */
    public static final int SLICE_END = 2;
    /** Instant. */
    public static final int INSTANT = 3;
    /** Counter. */
    public static final int COUNTER = 4;

    private PerfettoFields() {
    }
}
