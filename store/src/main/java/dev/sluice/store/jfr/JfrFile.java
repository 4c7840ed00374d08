// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.jfr;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Writes a file of Flight Recorder, chunk after chunk: a chunk can be read without the others, and is kept in memory
 * until it is written. So memory grows with the length of a chunk, and with the number of types, and not with the
 * number of events.
 *
 * <p>The JDK's reader takes what a key, or the number of the types' description, stood for in the chunk before, if the
 * next chunk has the same. So both are counted on from chunk to chunk, and no number is used twice.
 *
 * <p>For one thread. An event is {@link #begin}, its values in the order of its type's fields, and {@link #end}.
 */
public final class JfrFile {
    /** Longest chunk, but for its last event. */
    public static final int CHUNK_LENGTH = 2 << 20;

    private static final int HEADER_LENGTH = 68;
    private static final int MAGIC = 0x464C5200;
    private static final int VERSION = 2 << Short.SIZE | 1;
    private static final int COMPRESSED_INTEGERS = 1;
    private static final long TICKS_OF_A_SECOND = 1_000_000_000;
    /** The types of records that are no events. */
    private static final long METADATA = 0;
    private static final long CHECKPOINT = 1;

    private final OutputStream out;
    private final int chunkLength;
    private final JfrBytes events = new JfrBytes();
    private final Set<JfrType> types = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<JfrThread, Long> threads = new LinkedHashMap<>();
    private final Map<String, Long> groups = new LinkedHashMap<>();
    private final Map<String, Long> texts = new LinkedHashMap<>();
    private long lastKey;
    private long chunks;
    private int begun;
    private boolean isEmpty = true;
    private long startNs;
    private long endNs;

    /**
     * Begins a file.
     *
     * @param out         where it is written, in few and large pieces; it stays open
     * @param startNs     ns since 1970, if there is no event
     * @param chunkLength bytes of events from which on a chunk is written
     */
    public JfrFile(final OutputStream out, final long startNs, final int chunkLength) {
        this.out = out;
        this.startNs = startNs;
        endNs = startNs;
        this.chunkLength = chunkLength;
    }

    /**
     * Begins an event, and writes its time and thread.
     *
     * @param type   its type, described in its chunk from now on
     * @param ns     when it was fired, ns since 1970
     * @param thread who has fired it; null if that is unknown
     * @return takes the values of the other fields
     */
    public JfrBytes begin(final JfrType type, final long ns, final JfrThread thread) {
        if (isEmpty) {
            startNs = ns;
            endNs = ns;
            isEmpty = false;
        }
        // The wall clock may have been set back.
        endNs = Math.max(endNs, ns);
        types.add(type);
        begun = events.begin();
        events.integer(type.id()).integer(ns);
        return thread(thread);
    }

    /** Writes a further thread of the event that has begun; null for none. */
    public JfrBytes thread(final JfrThread thread) {
        return events.integer(thread == null ? 0 : key(threads, thread));
    }

    /** Writes a text of the event that has begun, which is likely to come again in this chunk. */
    public JfrBytes constant(final String text) {
        return text.isEmpty() ? events.text(text) : events.constantText(key(texts, text));
    }

    private <T> long key(final Map<T, Long> constants, final T constant) {
        final Long known = constants.get(constant);
        if (known != null) {
            return known;
        }
        constants.put(constant, ++lastKey);
        return lastKey;
    }

    /** Ends an event. */
    public void end() throws IOException {
        events.end(begun);
        if (events.length() >= chunkLength) {
            writeChunk();
        }
    }

    /** Writes what is left, and a chunk without events if there was none. The stream stays open. */
    public void finish() throws IOException {
        if (!isEmpty || chunks == 0) {
            writeChunk();
        }
    }

    private void writeChunk() throws IOException {
        final long constantsAt = HEADER_LENGTH + events.length();
        writeConstants();
        final long metadataAt = HEADER_LENGTH + events.length();
        writeMetadata();
        final JfrBytes header = new JfrBytes();
        header.raw(MAGIC, Integer.BYTES).raw(VERSION, Integer.BYTES)
            .raw(HEADER_LENGTH + (long) events.length(), Long.BYTES).raw(constantsAt, Long.BYTES)
            .raw(metadataAt, Long.BYTES).raw(startNs, Long.BYTES).raw(endNs - startNs, Long.BYTES)
            .raw(startNs, Long.BYTES).raw(TICKS_OF_A_SECOND, Long.BYTES).raw(COMPRESSED_INTEGERS, Integer.BYTES);
        header.writeTo(out);
        events.writeTo(out);
        events.clear();
        types.clear();
        threads.clear();
        groups.clear();
        texts.clear();
        isEmpty = true;
        chunks++;
    }

    private void writeConstants() {
        threads.keySet().forEach(thread -> key(groups, thread.group()));
        final int record = events.begin();
        // No constants stand elsewhere in the chunk.
        events.integer(CHECKPOINT).integer(startNs).integer(0).integer(0).int8(0);
        events.integer((threads.isEmpty() ? 0 : 2) + (texts.isEmpty() ? 0 : 1));
        if (!threads.isEmpty()) {
            events.integer(JfrTypes.THREAD_GROUP.id()).integer(groups.size());
            groups.forEach((group, key) -> events.integer(key).text(group));
            events.integer(JfrTypes.THREAD.id()).integer(threads.size());
            threads.forEach((thread, key) -> events.integer(key).text(thread.name()).integer(thread.osThreadId())
                .text(thread.name()).integer(thread.javaThreadId()).integer(groups.get(thread.group()))
                .int8(thread.isVirtual() ? 1 : 0));
        }
        if (!texts.isEmpty()) {
            events.integer(JfrTypes.STRING.id()).integer(texts.size());
            texts.forEach((text, key) -> events.integer(key).text(text));
        }
        events.end(record);
    }

    private void writeMetadata() {
        final int record = events.begin();
        events.integer(METADATA).integer(startNs).integer(0).integer(chunks + 1);
        types.addAll(JfrTypes.ALL);
        new JfrMetadata(types).writeTo(events);
        events.end(record);
    }
}
