// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.trap;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.bpf.libbpf.BpfRingBuffer;
import dev.sluice.bpf.libbpf.UprobeSite;
import dev.sluice.bpf.program.LoadedObject;
import dev.sluice.bpf.program.TargetIdentity;
import dev.sluice.usdt.find.ProbeArgument;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The program for any USDT probe of any program: each hit becomes a record, is counted, or goes into a histogram.
 * Counts and histograms are kept in the kernel, so none of them is ever lost. Load, attach and close from one thread;
 * counters may be read from any thread until it is closed.
 */
public final class UsdtProgram implements AutoCloseable {
    /** Greatest number of a probe. */
    public static final int MAX_PROBE = (1 << 20) - 1;
    /** Buckets of a histogram: below zero, zero, then from 2^n up to 2^(n+1) for n from 0 to 63. */
    public static final int BUCKETS = 66;

    private static final String MAP = "sluice_events";
    private static final String SPECIFICATIONS = "sluice_specs";
    private static final String COUNTS = "sluice_counts";
    private static final String HISTOGRAMS = "sluice_hists";
    private static final int PROBE_BITS = 20;
    private static final int COOKIE_COUNT_SHIFT = 32;
    private static final int COOKIE_STRINGS_SHIFT = 36;
    private static final int COOKIE_SPECIFICATION_SHIFT = 48;
    private static final int MAX_SPECIFICATIONS = 1 << 16;
    private static final int ARGUMENT_LENGTH = 16;
    private static final int[] TEXT_SLOTS = {0, 1, 2, 4, TrapProgram.MAX_ARGUMENTS};
    private static final int STRING_FAULTS_OFFSET = TrapFailure.values().length * Long.BYTES;
    private static final int FLAG_SIGNED = 1;
    private static final int FLAG_HAS_BASE = 2;
    private static final int FLAG_HAS_INDEX = 4;

    private final LoadedObject loaded;
    private final int pid;
    private final Map<String, List<UprobeSite>> sites;

    /** What becomes of a hit. */
    public enum Mode {
        /** A record in the ring buffer. */
        PRINT,
        /** One more. */
        COUNT,
        /** One more in a bucket of the argument measured. */
        HISTOGRAM
    }

    private UsdtProgram(final LoadedObject loaded, final int pid, final Map<String, List<UprobeSite>> sites) {
        this.loaded = loaded;
        this.pid = pid;
        this.sites = sites;
    }

    /**
     * Loads the programs that these sites need; nothing is attached yet.
     *
     * @throws BpfException when the kernel refuses (it needs Linux 5.15 for the attach cookie)
     */
    public static UsdtProgram load(final TrapConfig config, final Mode mode, final List<UsdtSite> wanted) {
        final Map<List<ProbeArgument>, Integer> numbers = new LinkedHashMap<>();
        final Map<String, List<UprobeSite>> sites = new LinkedHashMap<>();
        for (final UsdtSite site : wanted) {
            final Integer number = numbers.computeIfAbsent(site.arguments(), unused -> numbers.size());
            sites.computeIfAbsent(programFor(mode, site), unused -> new ArrayList<>()).add(new UprobeSite(site.path(),
                site.file(), site.siteOffset(), site.refCtrOffset(), cookie(mode, site, number)));
        }
        if (numbers.size() > MAX_SPECIFICATIONS) {
            throw new BpfException("attaching to " + wanted.size() + " sites", "their arguments are in "
                + numbers.size() + " different places: trace fewer of them at a time");
        }
        final int probes = 1 + wanted.stream().mapToInt(UsdtSite::probe).max().orElse(0);
        final ByteBuffer constants = ByteBuffer.allocate(TargetIdentity.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        TargetIdentity.of(config.targetPid()).put(constants, config.wakesReader());
        final LoadedObject loaded = LoadedObject.load("usdt", MAP, config.ringBufferBytes(), constants.array(),
            sites::containsKey, true, object -> {
                object.map(SPECIFICATIONS).maxEntries(Math.max(1, numbers.size()));
                object.map(COUNTS).maxEntries(mode == Mode.COUNT ? probes : 1);
                object.map(HISTOGRAMS).maxEntries(mode == Mode.HISTOGRAM ? probes : 1);
            });
        try {
            numbers.forEach((arguments, number) -> loaded.map(SPECIFICATIONS).put(number, encode(arguments)));
        } catch (final BpfException e) {
            loaded.close();
            throw e;
        }
        return new UsdtProgram(loaded, config.targetPid(), sites);
    }

    /**
     * Attaches to all sites; if the kernel refuses a site, to none.
     *
     * @throws BpfException when it refuses
     */
    public void attach() {
        loaded.attachAll(sites, pid);
    }

    /**
     * Detaches from all sites; the gathered results stay readable.
     *
     * @return false if the kernel has not let go within 10 s, because some process withholds a page that a sleepable
     * program waits for: programs may still run then
     */
    public boolean detach() {
        return loaded.detachAll();
    }

    /**
     * The buffer in which the records arrive. {@link TrapRecord} reads them, except the probe's number, which
     * {@link #probeOf} reads.
     */
    public BpfRingBuffer ringBuffer() {
        return loaded.ringBuffer();
    }

    /** The number of the probe that a record belongs to. */
    public static int probeOf(final TrapRecord record) {
        return record.probeId() & MAX_PROBE;
    }

    /** Which arguments of a record could not be read: bit i for argument i. */
    public static int unreadOf(final TrapRecord record) {
        return record.probeId() >>> PROBE_BITS;
    }

    /** Hits of a probe so far. */
    public long count(final int probe) {
        return longs(COUNTS, probe)[0];
    }

    /**
     * Hits of a probe by the bucket of the argument's value; the last number counts hits whose value could not be read.
     */
    public long[] histogram(final int probe) {
        return longs(HISTOGRAMS, probe);
    }

    /** Hits lost for one cause. */
    public long failures(final TrapFailure cause) {
        return loaded.stats().get(cause.ordinal() * Long.BYTES);
    }

    /** Strings that could not be read, in records that arrived all the same. */
    public long stringFaults() {
        return loaded.stats().get(STRING_FAULTS_OFFSET);
    }

    @Override
    public void close() {
        loaded.close();
    }

    private long[] longs(final String map, final int index) {
        final ByteBuffer value = ByteBuffer.wrap(loaded.map(map).get(index)).order(ByteOrder.nativeOrder());
        final long[] longs = new long[value.capacity() / Long.BYTES];
        value.asLongBuffer().get(longs);
        return longs;
    }

    private static String programFor(final Mode mode, final UsdtSite site) {
        return switch (mode) {
            case COUNT -> "handle_usdt_count";
            case HISTOGRAM -> "handle_usdt_hist";
            case PRINT -> {
                int index = 0;
                while (TEXT_SLOTS[index] < Integer.bitCount(site.stringMask())) {
                    index++;
                }
                yield "handle_usdt_print_" + TEXT_SLOTS[index];
            }
        };
    }

    private static long cookie(final Mode mode, final UsdtSite site, final int specification) {
        final int count = mode == Mode.HISTOGRAM ? site.measured() : site.arguments().size();
        return site.probe() | (long) count << COOKIE_COUNT_SHIFT | (long) site.stringMask() << COOKIE_STRINGS_SHIFT
            | (long) specification << COOKIE_SPECIFICATION_SHIFT;
    }

    /** struct sluice_usdt_specification. */
    private static byte[] encode(final List<ProbeArgument> arguments) {
        final ByteBuffer out =
            ByteBuffer.allocate(TrapProgram.MAX_ARGUMENTS * ARGUMENT_LENGTH).order(ByteOrder.nativeOrder());
        for (final ProbeArgument argument : arguments) {
            out.putLong(argument.value()).putShort((short) Math.max(0, argument.base()))
                .putShort((short) Math.max(0, argument.index())).put((byte) argument.kind().ordinal())
                .put((byte) argument.shift()).put((byte) (Long.SIZE - argument.lengthBytes() * Byte.SIZE))
                .put((byte) ((argument.isSigned() ? FLAG_SIGNED : 0)
                    | (argument.base() == ProbeArgument.NONE ? 0 : FLAG_HAS_BASE)
                    | (argument.index() == ProbeArgument.NONE ? 0 : FLAG_HAS_INDEX)));
        }
        return out.array();
    }
}
