// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What both programs' facades hold: the object, its ring buffer, its counters and its links, closed in reverse order of
 * opening. Closing is idempotent; the first failure is thrown after everything was closed.
 */
final class LoadedObject implements AutoCloseable {

    private static final String CONFIG_SECTION = ".rodata.config";
    private static final String STATS_SECTION = ".data.stats";

    private final BpfObject object;
    private final BpfRingBuffer ringBuffer;
    private final GlobalData stats;
    private final Deque<BpfLink> links = new ArrayDeque<>();
    private boolean closed;

    private LoadedObject(final BpfObject object, final BpfRingBuffer ringBuffer, final GlobalData stats) {
        this.object = object;
        this.ringBuffer = ringBuffer;
        this.stats = stats;
    }

    /**
     * Opens, configures and loads.
     *
     * @param onlyProgram the one program to load, or null for all
     */
    static LoadedObject load(final String name, final String mapName, final int ringBufferBytes, final byte[] config,
                             final String onlyProgram) {
        final BpfObject object = BpfObject.open("sluice_" + name, BpfObjects.read(name));
        BpfRingBuffer ringBuffer = null;
        try {
            for (final String program : object.programNames()) {
                object.program(program).autoload(onlyProgram == null || onlyProgram.equals(program));
            }
            object.map(mapName).maxEntries(ringBufferBytes);
            object.map(CONFIG_SECTION).initialValue(config);
            object.load();
            ringBuffer = new BpfRingBuffer(object.map(mapName), ringBufferBytes);
            return new LoadedObject(object, ringBuffer, new GlobalData(object.map(STATS_SECTION)));
        } catch (final RuntimeException e) {
            if (ringBuffer != null) {
                ringBuffer.close();
            }
            object.close();
            throw e;
        }
    }

    BpfRingBuffer ringBuffer() {
        return ringBuffer;
    }

    GlobalData stats() {
        return stats;
    }

    synchronized BpfLink attach(final String programName, final int pid, final String path, final long siteOffset,
                                final long refCtrOffset, final long cookie) {
        if (closed) {
            throw new IllegalStateException("closed");
        }
        final BpfLink link = object.program(programName).attachUprobe(pid, path, siteOffset, refCtrOffset, cookie);
        links.removeIf(previous -> !previous.isAttached());
        links.push(link);
        return link;
    }

    synchronized void detachAll() {
        RuntimeException failure = null;
        while (!links.isEmpty()) {
            try {
                links.pop().close();
            } catch (final BpfException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            detachAll();
        } finally {
            stats.close();
            ringBuffer.close();
            object.close();
        }
    }
}
