// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.bpf.libbpf.BpfLink;
import dev.sluice.bpf.libbpf.BpfRingBuffer;
import dev.sluice.bpf.libbpf.UprobeSite;
import dev.sluice.bpf.program.GlobalData;
import dev.sluice.bpf.program.LoadedObject;
import dev.sluice.bpf.program.TargetIdentity;
import dev.sluice.bpf.reduce.Measure;
import dev.sluice.bpf.reduce.Reduction;
import dev.sluice.os.Mappings;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.usdt.find.UsdtProbe;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.agrona.UnsafeApi;

/**
 * The program that moves one batch per trap of {@code sluice:drain} from a target into a BPF ring buffer that this
 * target alone uses. A record is the 128-byte packet header and the padded content; with a variant that is not exact,
 * bytes past the header's packet size mean nothing.
 *
 * <p>Load, attach and close from one thread; counters may be read from any thread, also after close; the ring buffer
 * has its own rule. A batch that cannot be delivered is counted by cause; nothing else happens to the target. Detaching
 * takes the kernel about 100 ms; {@link DrainConfig} says when a hostile target can delay it. Where the kernel has
 * uprobe_multi, attaching takes CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE, else CAP_SYS_ADMIN.
 */
public final class DrainProgram implements AutoCloseable {

    private static final String MAP = "sluice_batches";
    private static final String REDUCE_AREA = ".bss";
    /** In the header's last word: {@code drain_reduce.bpf.c}. */
    private static final int NOT_REDUCED = 1;
    private static final String HOT_MAP = "sluice_hot_batches";

    private final LoadedObject loaded;
    private final DrainVariant variant;
    private final String programName;
    /** Where the memory is mapped that is shared with a program that takes values; 0 if there is none. */
    private long areaAddress;
    /** Null if no values of batches are taken. */
    private final Reduction reduction;
    private final List<String> refusals;
    /** The hot buffer; null if there is none. */
    private final BpfRingBuffer hotBuffer;
    private final DrainBuffers buffers;

    private DrainProgram(final LoadedObject loaded, final DrainVariant variant, final List<String> refusals,
                         final DrainConfig config, final List<Measure> measures) {
        this.loaded = loaded;
        this.variant = variant;
        programName = measures.isEmpty() ? variant.programName() : variant.reducingName();
        areaAddress = measures.isEmpty() ? 0 : loaded.map(REDUCE_AREA).pages(0, Reduction.areaLength(), true);
        reduction = measures.isEmpty() ? null : Reduction.at(areaAddress, measures);
        this.refusals = List.copyOf(refusals);
        this.hotBuffer = config.hotBufferBytes() == 0 ? null
            : new BpfRingBuffer(loaded.map(HOT_MAP), config.hotBufferBytes());
        this.buffers = new DrainBuffers(hotBuffer, loaded.ringBuffer(), config.slots());
    }

    /**
     * Loads the best variant that the kernel accepts, found by trying.
     *
     * @throws BpfException if no variant is accepted: the exception of the last variant tried, with those of the other
     *     variants as suppressed exceptions
     */
    public static DrainProgram load(final DrainConfig config) {
        return load(config, List.of());
    }

    /**
     * Loads a program as {@link #load(DrainConfig)} does, which takes values of batches too: {@link #reduction} has
     * them. A batch whose header has {@link #isReduced} is in its values already.
     *
     * @param measures what is made of the batches; none to take no values
     */
    public static DrainProgram load(final DrainConfig config, final List<Measure> measures) {
        final byte[] constants = encode(config);
        final List<String> refusals = new ArrayList<>();
        BpfException failure = null;
        for (final DrainVariant variant : DrainVariant.values()) {
            if (!config.accepts(variant) || !measures.isEmpty() && variant.reducingName() == null) {
                continue;
            }
            try {
                return load(config, variant, constants, refusals, measures);
            } catch (final BpfException e) {
                refusals.add(variant + ": " + e.getMessage());
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        throw failure;
    }

    private static DrainProgram load(final DrainConfig config, final DrainVariant variant, final byte[] constants,
                                     final List<String> refusals, final List<Measure> measures) {
        final boolean isReducing = !measures.isEmpty();
        final LoadedObject loaded = LoadedObject.load(isReducing ? "drain_reduce" : "drain", MAP,
            config.ringBufferBytes(), constants,
            (isReducing ? variant.reducingName() : variant.programName())::equals, true, object -> {
                if (config.hotBufferBytes() != 0) {
                    object.map(HOT_MAP).maxEntries(config.hotBufferBytes());
                }
            });
        try {
            return new DrainProgram(loaded, variant, refusals, config, measures);
        } catch (final RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    /**
     * Attaches to one site.
     *
     * @param pid          the process as seen from here
     * @param path         the stub's file as this process can open it
     * @param siteOffset   the site's offset in the file
     * @param refCtrOffset the semaphore's offset in the file, or 0 for none
     * @return the link, which {@link #close()} closes too
     */
    public BpfLink attach(final int pid, final String path, final long siteOffset, final long refCtrOffset) {
        return loaded.attach(programName, pid, new UprobeSite(path, null, siteOffset, refCtrOffset, 0));
    }

    /** Attaches to a probe that was found in the process, in the very file that it was found in. */
    public BpfLink attach(final int pid, final UsdtProbe probe) {
        return loaded.attach(programName, pid, new UprobeSite(probe.path(), probe.file(),
            probe.siteOffset(), probe.raisedOffset(), 0));
    }

    /**
     * Closes every link; batches already submitted stay readable.
     *
     * @return false if the kernel has not let go within 10 s, because some process withholds a page that a sleepable
     * program waits for: programs may still run then
     */
    public boolean detach() {
        return loaded.detachAll();
    }

    /** The buffers in which the batches arrive. */
    public DrainBuffers buffers() {
        return buffers;
    }

    /** The buffer for batches that find no room in the hot buffer; if there is no hot buffer, for all batches. */
    public BpfRingBuffer ringBuffer() {
        return loaded.ringBuffer();
    }

    /** Where values of batches are taken; null if none are. It is not to be read any more after the close. */
    public Reduction reduction() {
        return reduction;
    }

    /** Whether a program that takes values has taken those of a batch, by the address of its header in the buffer. */
    public static boolean isReduced(final long header) {
        return UnsafeApi.getInt(header + PacketHeaderDescriptor.RESERVED_OFFSET) != NOT_REDUCED;
    }

    /** The variant in use. */
    public DrainVariant variant() {
        return variant;
    }

    /** What was tried before {@link #variant()} and why the kernel refused it. */
    public List<String> refusals() {
        return refusals;
    }

    /** {@link DrainVariant#recordLength} of the variant in use. */
    public int recordLength(final int contentLength) {
        return variant.recordLength(contentLength);
    }

    /** Traps whose batch was submitted to the ring buffer. */
    public long traps() {
        return loaded.stats().get(DrainLayout.ACCEPTED_OFFSET);
    }

    /** Events of the submitted batches, as their headers claimed. */
    public long events() {
        return loaded.stats().get(DrainLayout.EVENTS_OFFSET);
    }

    /** Room that the submitted batches took in the ring buffer, in bytes. */
    public long recordBytes() {
        return loaded.stats().get(DrainLayout.RECORD_BYTES_OFFSET);
    }

    /** Batches for which a page had to be brought in. */
    public long faultsResolved() {
        return loaded.stats().get(DrainLayout.FAULTS_RESOLVED_OFFSET);
    }

    /** The losses of one cause. The four numbers are read one after the other, while the program may add to them. */
    public DrainFailureCount failures(final DrainFailure cause) {
        final int offset = DrainLayout.failureOffset(cause);
        final GlobalData stats = loaded.stats();
        return new DrainFailureCount(
            stats.get(offset + DrainLayout.FAILURE_BATCHES_OFFSET),
            stats.get(offset + DrainLayout.FAILURE_EVENTS_OFFSET),
            stats.get(offset + DrainLayout.FAILURE_RECORD_BYTES_OFFSET),
            stats.get(offset + DrainLayout.FAILURE_DISCARDED_BYTES_OFFSET));
    }

    /** Every cause's cost. */
    public Map<DrainFailure, DrainFailureCount> failures() {
        final Map<DrainFailure, DrainFailureCount> counts = new EnumMap<>(DrainFailure.class);
        for (final DrainFailure cause : DrainFailure.values()) {
            counts.put(cause, failures(cause));
        }
        return counts;
    }

    @Override
    public void close() {
        try {
            loaded.close();
        } finally {
            if (hotBuffer != null) {
                hotBuffer.close();
            }
            if (areaAddress != 0) {
                Mappings.unmap(areaAddress, Reduction.areaLength());
                areaAddress = 0;
            }
        }
    }

    private static byte[] encode(final DrainConfig config) {
        final ByteBuffer constants = ByteBuffer.allocate(DrainLayout.CONFIG_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        TargetIdentity.of(config.targetPid()).put(constants, config.wakesReader());
        constants.putInt(DrainLayout.CONFIG_EPOCH_OFFSET, config.epoch());
        constants.putInt(DrainLayout.CONFIG_SLOTS_OFFSET, config.slots());
        constants.putInt(DrainLayout.CONFIG_HAS_HOT_BUFFER_OFFSET, config.hotBufferBytes() == 0 ? 0 : 1);
        return constants.array();
    }
}
