// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer;

import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.attach.TargetProcess;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The two shared files of a target, made by hand in this process in real sealed memfds, so that a test can put any
 * state into them. It fires nothing and answers nothing.
 */
public final class FakeTarget implements AutoCloseable {
    public static final int SLOTS = 4;
    public static final int CHUNK_LENGTH = 4096;
    public static final long RING_STRIDE = 1 << 16;
    public static final EventSchema SCHEMA = new EventSchema(1, "orders", "placed",
        List.of(new FieldSchema("id", FieldType.INT64), new FieldSchema("symbol", FieldType.STRING)));
    static final int ALL_SEALS =
        NativeCalls.F_SEAL_SEAL | NativeCalls.F_SEAL_SHRINK | NativeCalls.F_SEAL_GROW;

    public final TargetId id = TargetId.random();
    public final int controlFd;
    public final int regionFd;
    public final long control;
    public final long regionHead;
    private final MappedByteBuffer controlMap;
    private final MappedByteBuffer regionMap;
    private final MappedByteBuffer ringMap;

    public FakeTarget() throws IOException {
        this(ALL_SEALS);
    }

    public FakeTarget(final int seals) throws IOException {
        final NativeCalls calls = NativeCalls.get();
        final long regionLength = RegionDescriptor.fileLength(SLOTS, RING_STRIDE);
        regionFd = memfd(calls, RegionDescriptor.MEMFD_NAME, regionLength, seals);
        regionMap = map(regionFd, 0, RegionDescriptor.slotsOffset(SLOTS) + SLOTS * (long) SlotDescriptor.LENGTH);
        ringMap = map(regionFd, RegionDescriptor.ringsOffset(SLOTS), SLOTS * RING_STRIDE);
        regionHead = calls.addressOf(regionMap);
        final long controlLength = ControlFileDescriptor.fileLength(SLOTS);
        controlFd = memfd(calls, ControlFileDescriptor.MEMFD_NAME, controlLength, seals);
        controlMap = map(controlFd, 0, controlLength);
        control = calls.addressOf(controlMap);
        writeRegion(regionLength);
        writeControl(controlLength, regionLength);
    }

    private static int memfd(final NativeCalls calls, final String name, final long length, final int seals) {
        final int fd = calls.memfdCreate(name, NativeCalls.MFD_CLOEXEC | NativeCalls.MFD_ALLOW_SEALING);
        calls.ftruncate(fd, length);
        calls.addSeals(fd, seals);
        return fd;
    }

    private static MappedByteBuffer map(final int fd, final long offset, final long length) throws IOException {
        try (FileChannel channel = FileChannel.open(
            Path.of("/proc/self/fd/" + fd), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, offset, length);
        }
    }

    private void writeRegion(final long length) {
        final long a = regionHead;
        Memory.putInt(a + RegionDescriptor.LAYOUT_VERSION_OFFSET, ControlFileDescriptor.LAYOUT_VERSION);
        Memory.putInt(a + RegionDescriptor.HEADER_LENGTH_OFFSET, RegionDescriptor.HEADER_LENGTH);
        Memory.putLong(a + RegionDescriptor.FILE_LENGTH_OFFSET, length);
        Memory.putInt(a + RegionDescriptor.CLOCK_KIND_OFFSET, Clock.KIND_NANO);
        id.write(a + RegionDescriptor.TARGET_ID_OFFSET);
        Memory.putInt(a + RegionDescriptor.SLOT_COUNT_OFFSET, SLOTS);
        Memory.putInt(a + RegionDescriptor.CHUNK_LENGTH_OFFSET, CHUNK_LENGTH);
        Memory.putLong(a + RegionDescriptor.SLOT_STRIDE_OFFSET, SlotDescriptor.LENGTH);
        Memory.putLong(a + RegionDescriptor.RING_STRIDE_OFFSET, RING_STRIDE);
        Memory.putLong(a + RegionDescriptor.SCHEMA_OFFSET_OFFSET, RegionDescriptor.SCHEMA_OFFSET);
        Memory.putLong(a + RegionDescriptor.SCHEMA_CAPACITY_OFFSET, RegionDescriptor.SCHEMA_CAPACITY);
        Memory.putLong(a + RegionDescriptor.COUNTERS_METADATA_OFFSET_OFFSET, RegionDescriptor.COUNTERS_METADATA_OFFSET);
        Memory.putLong(a + RegionDescriptor.COUNTERS_VALUES_OFFSET_OFFSET, RegionDescriptor.COUNTERS_VALUES_OFFSET);
        Memory.putLong(a + RegionDescriptor.SLOTS_OFFSET_OFFSET, RegionDescriptor.slotsOffset(SLOTS));
        Memory.putLong(a + RegionDescriptor.RINGS_OFFSET_OFFSET, RegionDescriptor.ringsOffset(SLOTS));
        Memory.putLong(a + RegionDescriptor.CLOCK_FREQUENCY_OFFSET, 1_000_000_000L);
        new ClockTriple(1000, 1000, 1_700_000_000_000_000_000L).write(a + RegionDescriptor.FIRST_TRIPLE_OFFSET);
        final byte[] schema = SchemaCodec.encode(SCHEMA);
        Memory.putBytes(a + RegionDescriptor.SCHEMA_OFFSET, schema, 0, schema.length);
        Memory.putLongRelease(a + RegionDescriptor.SCHEMA_LENGTH_OFFSET, schema.length);
        Memory.putLongRelease(a + RegionDescriptor.MAGIC_OFFSET, RegionDescriptor.MAGIC);
    }

    private void writeControl(final long length, final long regionLength) {
        final long a = control;
        try (TargetProcess self = TargetProcess.open(ProcessHandle.current().pid())) {
            Memory.putInt(a + ControlFileDescriptor.PID_OFFSET, (int) self.pidInside());
            Memory.putLong(a + ControlFileDescriptor.START_TIME_OFFSET, self.startTime());
        }
        Memory.putInt(a + ControlFileDescriptor.LAYOUT_VERSION_OFFSET, ControlFileDescriptor.LAYOUT_VERSION);
        Memory.putInt(a + ControlFileDescriptor.HEADER_LENGTH_OFFSET, ControlFileDescriptor.HEADER_LENGTH);
        Memory.putLong(a + ControlFileDescriptor.FILE_LENGTH_OFFSET, length);
        Memory.putInt(a + ControlFileDescriptor.CLOCK_KIND_OFFSET, Clock.KIND_NANO);
        id.write(a + ControlFileDescriptor.TARGET_ID_OFFSET);
        Memory.putLong(a + ControlFileDescriptor.REGION_LENGTH_OFFSET, regionLength);
        Memory.putInt(a + ControlFileDescriptor.SLOT_COUNT_OFFSET, SLOTS);
        Memory.putInt(a + ControlFileDescriptor.REGION_KIND_OFFSET, ControlFileDescriptor.REGION_MEMFD);
        Memory.putInt(a + ControlFileDescriptor.REGION_FD_OFFSET, regionFd);
        Memory.putLong(a + ControlFileDescriptor.REGION_ADDRESS_OFFSET, regionHead);
        Memory.putLongRelease(a + ControlFileDescriptor.MAGIC_OFFSET, ControlFileDescriptor.MAGIC);
    }

    public ControlFile words() {
        return new ControlFile(control, SLOTS);
    }

    /** Makes slots below a limit ones that may be read. */
    public void slotLimit(final int limit) {
        Memory.putLongVolatile(regionHead + RegionDescriptor.SLOT_LIMIT_OFFSET, limit);
    }

    public Slot slot(final int index) {
        return new Slot(index,
            regionHead + RegionDescriptor.slotsOffset(SLOTS) + index * (long) SlotDescriptor.LENGTH,
            NativeCalls.get().addressOf(ringMap) + index * RING_STRIDE, RING_STRIDE, CHUNK_LENGTH);
    }

    /** Opens it as a consumer does. */
    public Target open() {
        final List<Target> targets = TargetFinder.open(ProcessHandle.current().pid());
        Target found = null;
        for (final Target target : targets) {
            if (target.id().equals(id)) {
                found = target;
            } else {
                target.close();
            }
        }
        return found;
    }

    @Override
    public void close() {
        NativeCalls.get().close(controlFd);
        NativeCalls.get().close(regionFd);
    }
}
