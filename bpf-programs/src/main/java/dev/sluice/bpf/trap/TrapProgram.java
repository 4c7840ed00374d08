// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.trap;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.bpf.libbpf.BpfLink;
import dev.sluice.bpf.libbpf.BpfRingBuffer;
import dev.sluice.bpf.libbpf.UprobeSite;
import dev.sluice.bpf.program.LoadedObject;
import dev.sluice.bpf.program.TargetIdentity;
import dev.sluice.os.FileIdentity;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The program that stores one event per trap: for any probe whose arguments are where Sluice's own stubs put them (the
 * first six in registers, the rest on the stack). {@link TrapRecord} reads what arrives. A process may hold several,
 * each with a ring buffer of its own.
 *
 * <p>Load, attach and close from one thread; counters may be read from any thread, also after close; the ring buffer
 * has its own rule. The number of traps accepted is the number of records received: a counter would cost every trap.
 */
public final class TrapProgram implements AutoCloseable {

    /** The most arguments of one probe. */
    public static final int MAX_ARGUMENTS = 12;

    private static final String MAP = "sluice_events";
    private static final int REGISTER_ARGUMENTS = 6;
    private static final int COOKIE_COUNT_SHIFT = 32;
    private static final int COOKIE_STRINGS_SHIFT = 36;
    private static final int[] TEXT_SLOTS = {0, 1, 2, 4, MAX_ARGUMENTS};
    private static final int STRING_FAULTS_OFFSET = TrapFailure.values().length * Long.BYTES;

    private final LoadedObject loaded;

    private TrapProgram(final LoadedObject loaded) {
        this.loaded = loaded;
    }

    /**
     * Loads the programs for every kind of probe.
     *
     * @throws BpfException when the kernel refuses (it needs Linux 5.15 for the attach cookie)
     */
    public static TrapProgram load(final TrapConfig config) {
        final ByteBuffer constants = ByteBuffer.allocate(TargetIdentity.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        TargetIdentity.of(config.targetPid()).put(constants, config.wakesReader());
        return new TrapProgram(LoadedObject.load("trap", MAP, config.ringBufferBytes(), constants.array(),
            program -> true, true, object -> { }));
    }

    /**
     * One of Sluice's own stubs.
     *
     * @param path          the stub's file as this process can open it
     * @param siteOffset    the site's offset in the file
     * @param refCtrOffset  the semaphore's offset in the file, or 0 for none
     * @param probeId       a number that each record of the probe contains
     * @param argumentCount 0 to 12
     * @param stringMask    bit i set: argument i is the address of NUL-terminated UTF-8
     */
    public record Probe(String path, FileIdentity file, long siteOffset, long refCtrOffset, int probeId,
        int argumentCount, int stringMask) {
        /** Checks the ranges. */
        public Probe {
            if (argumentCount < 0 || argumentCount > MAX_ARGUMENTS || stringMask < 0
                || stringMask >>> argumentCount != 0) {
                throw new IllegalArgumentException("argumentCount=" + argumentCount + " stringMask=" + stringMask);
            }
        }

        /** A probe of whatever file the path leads to. */
        public Probe(final String path, final long siteOffset, final long refCtrOffset, final int probeId,
                     final int argumentCount, final int stringMask) {
            this(path, null, siteOffset, refCtrOffset, probeId, argumentCount, stringMask);
        }

        private String program() {
            return programFor(argumentCount, stringMask);
        }

        private UprobeSite site() {
            return new UprobeSite(path, file, siteOffset, refCtrOffset, Integer.toUnsignedLong(probeId)
                | (long) argumentCount << COOKIE_COUNT_SHIFT | (long) stringMask << COOKIE_STRINGS_SHIFT);
        }
    }

    /** Attaches to one probe; {@link Probe} has the meaning of the arguments. {@link #close()} closes the link too. */
    public BpfLink attach(final int pid, final String path, final long siteOffset, final long refCtrOffset,
                          final int probeId, final int argumentCount, final int stringMask) {
        final Probe probe = new Probe(path, siteOffset, refCtrOffset, probeId, argumentCount, stringMask);
        return loaded.attachAll(probe.program(), pid, List.of(probe.site())).get(0);
    }

    /**
     * Attaches to a set of probes: all at once where the kernel can (6.6), and none if it refuses any.
     *
     * @param pid    the process as seen from here
     * @param probes may be none
     * @throws BpfException when the kernel refuses
     */
    public void attachAll(final int pid, final List<Probe> probes) {
        final Map<String, List<UprobeSite>> sites = new LinkedHashMap<>();
        probes.forEach(
            probe -> sites.computeIfAbsent(probe.program(), unused -> new ArrayList<>()).add(probe.site()));
        loaded.attachAll(sites, pid);
    }

    /**
     * Closes every link; records already submitted stay readable.
     *
     * @return false if the kernel has not let go within 10 s, because some process withholds a page that a sleepable
     * program waits for: programs may still run then
     */
    public boolean detach() {
        return loaded.detachAll();
    }

    /** Where the events arrive. */
    public BpfRingBuffer ringBuffer() {
        return loaded.ringBuffer();
    }

    /** Events lost for one cause. */
    public long failures(final TrapFailure cause) {
        return loaded.stats().get(cause.ordinal() * Long.BYTES);
    }

    /** Events lost, by cause. */
    public Map<TrapFailure, Long> failures() {
        final Map<TrapFailure, Long> counts = new EnumMap<>(TrapFailure.class);
        for (final TrapFailure cause : TrapFailure.values()) {
            counts.put(cause, failures(cause));
        }
        return counts;
    }

    /** Strings that could not be read, in events that were stored all the same. */
    public long stringFaults() {
        return loaded.stats().get(STRING_FAULTS_OFFSET);
    }

    @Override
    public void close() {
        loaded.close();
    }

    /** The name of the cheapest program that serves such a probe. */
    public static String programFor(final int argumentCount, final int stringMask) {
        final int strings = Integer.bitCount(stringMask);
        if (argumentCount <= REGISTER_ARGUMENTS && strings == 0) {
            return "handle_trap_integers_" + argumentCount;
        }
        if (argumentCount <= REGISTER_ARGUMENTS && strings == 1) {
            return "handle_trap_string";
        }
        int index = 0;
        while (TEXT_SLOTS[index] < strings) {
            index++;
        }
        return "handle_trap_general_" + TEXT_SLOTS[index];
    }
}
