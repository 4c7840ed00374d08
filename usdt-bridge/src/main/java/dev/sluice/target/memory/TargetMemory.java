// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.memory;

import dev.sluice.os.Errno;
import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.os.OpenFileLock;
import dev.sluice.os.OwnedDescriptor;
import dev.sluice.os.proc.BootId;
import dev.sluice.os.proc.ProcessLimits;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.memory.MappedFile;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.SharedText;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.ErrorLogDescriptor;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.region.Region;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.clock.Clocks;
import dev.sluice.target.jvm.ProcessIdentity;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.session.Settings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;

/**
 * The two shared files of this target, made and mapped: control file and region, both sealed memfds, or the region a
 * {@link RegionFile}. Their descriptors stay open for life, because consumers find them there. Any thread.
 */
public final class TargetMemory {
    /** Greatest ring: address space that each slot reserves. */
    private static final long RING_STRIDE = 32L << 20;
    /** The bytes that every slot has pages for; chunks beyond the first 64 need more. */
    public static final int SLOT_BYTES = SlotDescriptor.FIRST_BYTES;
    private static final String NO_RING = "; events of threads without a ring are discarded and counted";
    private static final int SEALS = NativeCalls.F_SEAL_SHRINK | NativeCalls.F_SEAL_GROW | NativeCalls.F_SEAL_SEAL;

    private final NativeCalls calls;
    private final TargetId targetId = TargetId.random();
    private final Settings settings;
    private final MappedFile controlMapping;
    private final ControlFile controlFile;
    private final Region region;
    /**
     * The descriptor counts its users, because threads in a late fire may still ask for pages when it is to be closed.
     */
    private final CountedDescriptor regionDescriptor;
    /** Locks of the control file: a consumer holds such a lock for as long as it lives. */
    private final OpenFileLock lifeLock;
    private final int controlFd;
    private final Closeable controlOwner;
    private final FileChannel regionChannel;
    /** Null for a memfd. */
    private final Path regionFile;
    private final Map<RefusalCause, AtomicCounter> refusals = new EnumMap<>(RefusalCause.class);
    private final MemoryBudget budget;
    /** Whether a slot's whole descriptor has pages. Only the slot's owner uses its element. */
    private final boolean[] hasWholeSlot;
    private volatile boolean canPunch = true;
    private final Object fileLock = new Object();
    /** Bytes that the region's file is long. Changed under the lock above, and never less. */
    private volatile long fileEnd;
    /** The slots below this number have pages for their descriptors. */
    private volatile int allocatedSlots;

    /**
     * Makes both files.
     *
     * @throws IOException                           if a mapping fails
     * @throws dev.sluice.os.NativeException       if a call fails
     */
    public TargetMemory(final Settings settings) throws IOException {
        this.settings = settings;
        this.calls = NativeCalls.get();
        this.budget = new MemoryBudget(settings.memoryLimitBytes(), new MachineMemory());
        this.hasWholeSlot = new boolean[settings.slots()];
        final long regionLength = RegionDescriptor.fileLength(settings.slots(), RING_STRIDE);
        regionFile = settings.regionDirectory().isEmpty() ? null
            : RegionFile.create(Path.of(settings.regionDirectory()));
        CountedDescriptor openRegion = null;
        Closeable openControl = null;
        boolean isMade = false;
        try {
            final int regionFd = regionFile == null ? sealedFile(RegionDescriptor.MEMFD_NAME, regionLength)
                : file(regionFile, regionLength);
            openRegion = new CountedDescriptor(regionFd);
            regionDescriptor = openRegion;
            calls.fallocate(regionFd, 0, RegionDescriptor.slotsOffset(settings.slots()));
            calls.fallocate(
                regionFd, RegionDescriptor.errorLogOffset(settings.slots()), ErrorLogDescriptor.LENGTH);
            regionChannel = open(regionFd);
            final MappedFile regionMapping =
                new MappedFile(regionChannel, FileChannel.MapMode.READ_WRITE, regionLength);
            region = new Region(regionMapping, settings.slots(), settings.chunkLength(), RING_STRIDE);
            fileEnd = regionFile == null ? regionLength : shorten(regionFd, regionMapping);

            final long controlLength = ControlFileDescriptor.fileLength(settings.slots());
            controlFd = sealedFile(ControlFileDescriptor.MEMFD_NAME, controlLength);
            openControl = OwnedDescriptor.of(controlFd);
            controlOwner = openControl;
            calls.fallocate(controlFd, 0, controlLength);
            try (FileChannel channel = open(controlFd)) {
                // The mapping outlives the channel; the descriptor stays open under the name that consumers look for.
                controlMapping = new MappedFile(channel, FileChannel.MapMode.READ_WRITE, controlLength);
                controlFile = new ControlFile(controlMapping.address(0, controlLength), settings.slots());
            }
            lifeLock = new OpenFileLock(controlFd);
            makeCounters();
            isMade = true;
        } finally {
            if (!isMade) {
                discard(openRegion, openControl);
            }
        }
    }

    /**
     * Makes the file of a region as short as what has pages: tools that know no holes are to be able to copy it. All of
     * it has to be mapped before, because a later mapping would make the file long again. Where the address space of
     * the process is limited, it is left to the program, and the file stays long.
     *
     * @return its length
     */
    private long shorten(final int regionFd, final MappedFile mapping) {
        if (!ProcessLimits.isAddressSpaceUnlimited()) {
            return mapping.lengthBytes();
        }
        try {
            mapping.mapAll();
            final long end = RegionDescriptor.errorLogOffset(settings.slots()) + ErrorLogDescriptor.LENGTH;
            calls.ftruncate(regionFd, end);
            return end;
        } catch (final IOException | NativeException e) {
            // How long the file is, is no reason not to trace.
            return mapping.lengthBytes();
        }
    }

    /** Makes the file of a region longer, by whole chunks: readers copy chunks of which only a part has pages. */
    private void lengthen(final long end) {
        if (end <= fileEnd) {
            return;
        }
        synchronized (fileLock) {
            if (end > fileEnd) {
                final long chunk = settings.chunkLength();
                final long whole = (end + chunk - 1) / chunk * chunk;
                calls.ftruncate(regionDescriptor.number(), whole);
                fileEnd = whole;
            }
        }
    }

    private int file(final Path path, final long lengthBytes) {
        final int fd = RegionFile.open(path);
        boolean isSized = false;
        try {
            calls.ftruncate(fd, lengthBytes);
            isSized = true;
            return fd;
        } finally {
            if (!isSized) {
                calls.close(fd);
            }
        }
    }

    /** Discards what was made before the rest failed. */
    private void discard(final CountedDescriptor openRegion, final Closeable openControl) {
        if (openRegion != null) {
            openRegion.close();
        }
        if (openControl != null) {
            OwnedDescriptor.close(openControl);
        }
        removeRegionFile();
    }

    /** Gives both files back; no word of them may be touched any more, and no thread but the caller's knows them. */
    public void close() {
        discard(regionDescriptor, controlOwner);
    }

    /**
     * Gives up both files. Threads that are still inside a fire may use the mappings, so those stay until the last
     * object that refers to them is gone. A region's file stays if it holds a batch that was not received.
     */
    public void retire() throws IOException {
        Memory.putLongRelease(controlFile.address() + ControlFileDescriptor.MAGIC_OFFSET, 0);
        if (isAllReceived()) {
            removeRegionFile();
        }
        regionChannel.close();
        regionDescriptor.close();
        OwnedDescriptor.close(controlOwner);
    }

    /** The control file's memory as a buffer, for code that must not hold this object. */
    public ByteBuffer controlWords() throws IOException {
        return controlMapping.view();
    }

    private int sealedFile(final String name, final long lengthBytes) {
        final int fd = calls.memfdCreate(name, NativeCalls.MFD_CLOEXEC | NativeCalls.MFD_ALLOW_SEALING);
        calls.ftruncate(fd, lengthBytes);
        calls.addSeals(fd, SEALS);
        return fd;
    }

    private static FileChannel open(final int fd) throws IOException {
        return FileChannel.open(Path.of("/proc/self/fd/" + fd), StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private void makeCounters() {
        final CountersManager manager = new CountersManager(
            new UnsafeBuffer(region.address() + RegionDescriptor.COUNTERS_METADATA_OFFSET,
                RegionDescriptor.COUNTERS_METADATA_LENGTH),
            new UnsafeBuffer(region.address() + RegionDescriptor.COUNTERS_VALUES_OFFSET,
                RegionDescriptor.COUNTERS_VALUES_LENGTH));
        for (final RefusalCause cause : RefusalCause.values()) {
            refusals.put(cause, manager.newCounter("discarded before a ring: " + cause.description(), cause.code()));
        }
    }

    /**
     * Writes both headers. The magic comes last: once it is written, consumers see the target.
     *
     * @param choice    the clock, and the reason for this clock
     * @param drainStub address of the batch probe's code, 0 if there is none
     * @param drainWord address of the batch probe's word
     */
    public void publish(final Clocks.Choice choice, final long drainStub, final long drainWord) throws IOException {
        final Clock clock = choice.clock();
        final long startTime = ProcessIdentity.startTime();
        final UUID bootId = BootId.read();
        final int pid = (int) ProcessHandle.current().pid();
        Clocks.triple(clock).write(region.firstTripleAddress());
        Clocks.triple(clock).write(region.lastTripleAddress());
        writeRegionHeader(choice, pid, startTime, bootId);
        final long address = controlFile.address();
        Memory.putInt(address + ControlFileDescriptor.LAYOUT_VERSION_OFFSET, ControlFileDescriptor.LAYOUT_VERSION);
        Memory.putInt(address + ControlFileDescriptor.HEADER_LENGTH_OFFSET, ControlFileDescriptor.HEADER_LENGTH);
        Memory.putLong(address + ControlFileDescriptor.FILE_LENGTH_OFFSET, controlMapping.lengthBytes());
        Memory.putInt(address + ControlFileDescriptor.PID_OFFSET, pid);
        Memory.putInt(address + ControlFileDescriptor.CLOCK_KIND_OFFSET, clock.kind());
        Memory.putLong(address + ControlFileDescriptor.START_TIME_OFFSET, startTime);
        new TargetId(bootId).write(address + ControlFileDescriptor.BOOT_ID_OFFSET);
        targetId.write(address + ControlFileDescriptor.TARGET_ID_OFFSET);
        Memory.putLong(address + ControlFileDescriptor.REGION_LENGTH_OFFSET,
            RegionDescriptor.fileLength(settings.slots(), RING_STRIDE));
        Memory.putInt(address + ControlFileDescriptor.SLOT_COUNT_OFFSET, settings.slots());
        Memory.putInt(address + ControlFileDescriptor.REGION_KIND_OFFSET,
            isRegionFile() ? ControlFileDescriptor.REGION_FILE : ControlFileDescriptor.REGION_MEMFD);
        Memory.putInt(address + ControlFileDescriptor.REGION_FD_OFFSET, regionDescriptor.number());
        Memory.putLong(address + ControlFileDescriptor.DRAIN_STUB_OFFSET, drainStub);
        Memory.putLong(address + ControlFileDescriptor.DRAIN_WORD_OFFSET, drainWord);
        Memory.putLong(address + ControlFileDescriptor.STALE_AFTER_OFFSET, settings.staleAfterNs());
        Memory.putLong(address + ControlFileDescriptor.REGION_ADDRESS_OFFSET, region.address());
        Memory.putLongRelease(address + ControlFileDescriptor.MAGIC_OFFSET, ControlFileDescriptor.MAGIC);
    }

    private void writeRegionHeader(final Clocks.Choice choice, final int pid, final long startTime,
        final UUID bootId) {
        final Clock clock = choice.clock();
        final int slots = settings.slots();
        final long address = region.address();
        Memory.putInt(address + RegionDescriptor.LAYOUT_VERSION_OFFSET, ControlFileDescriptor.LAYOUT_VERSION);
        Memory.putInt(address + RegionDescriptor.HEADER_LENGTH_OFFSET, RegionDescriptor.HEADER_LENGTH);
        Memory.putLong(address + RegionDescriptor.FILE_LENGTH_OFFSET, RegionDescriptor.fileLength(slots, RING_STRIDE));
        Memory.putInt(address + RegionDescriptor.PID_OFFSET, pid);
        Memory.putInt(address + RegionDescriptor.CLOCK_KIND_OFFSET, clock.kind());
        Memory.putLong(address + RegionDescriptor.START_TIME_OFFSET, startTime);
        new TargetId(bootId).write(address + RegionDescriptor.BOOT_ID_OFFSET);
        targetId.write(address + RegionDescriptor.TARGET_ID_OFFSET);
        Memory.putInt(address + RegionDescriptor.SLOT_COUNT_OFFSET, slots);
        Memory.putInt(address + RegionDescriptor.CHUNK_LENGTH_OFFSET, settings.chunkLength());
        Memory.putLong(address + RegionDescriptor.SLOT_STRIDE_OFFSET, SlotDescriptor.LENGTH);
        Memory.putLong(address + RegionDescriptor.RING_STRIDE_OFFSET, RING_STRIDE);
        Memory.putLong(address + RegionDescriptor.SCHEMA_OFFSET_OFFSET, RegionDescriptor.SCHEMA_OFFSET);
        Memory.putLong(address + RegionDescriptor.SCHEMA_CAPACITY_OFFSET, RegionDescriptor.SCHEMA_CAPACITY);
        Memory.putLong(address + RegionDescriptor.COUNTERS_METADATA_OFFSET_OFFSET,
            RegionDescriptor.COUNTERS_METADATA_OFFSET);
        Memory.putLong(address + RegionDescriptor.COUNTERS_METADATA_LENGTH_OFFSET,
            RegionDescriptor.COUNTERS_METADATA_LENGTH);
        Memory.putLong(address + RegionDescriptor.COUNTERS_VALUES_OFFSET_OFFSET,
            RegionDescriptor.COUNTERS_VALUES_OFFSET);
        Memory.putLong(address + RegionDescriptor.COUNTERS_VALUES_LENGTH_OFFSET,
            RegionDescriptor.COUNTERS_VALUES_LENGTH);
        Memory.putLong(address + RegionDescriptor.RECEIVED_COPY_OFFSET_OFFSET, RegionDescriptor.RECEIVED_COPY_OFFSET);
        Memory.putLong(address + RegionDescriptor.SLOTS_OFFSET_OFFSET, RegionDescriptor.slotsOffset(slots));
        Memory.putLong(address + RegionDescriptor.RINGS_OFFSET_OFFSET, RegionDescriptor.ringsOffset(slots));
        Memory.putLong(address + RegionDescriptor.CLOCK_FREQUENCY_OFFSET, clock.frequency());
        Memory.putLong(address + RegionDescriptor.MEMORY_LIMIT_OFFSET, settings.memoryLimitBytes());
        Memory.putLong(address + RegionDescriptor.ERROR_LOG_OFFSET_OFFSET, RegionDescriptor.errorLogOffset(slots));
        Memory.putLong(address + RegionDescriptor.ERROR_LOG_LENGTH_OFFSET, ErrorLogDescriptor.LENGTH);
        SharedText.write(address + RegionDescriptor.CLOCK_WHY_OFFSET, RegionDescriptor.CLOCK_WHY_CAPACITY,
            choice.why());
        SharedText.write(address + RegionDescriptor.JAVA_VERSION_OFFSET, RegionDescriptor.JAVA_VERSION_CAPACITY,
            System.getProperty("java.version", ""));
        SharedText.write(address + RegionDescriptor.COMMAND_LINE_OFFSET, RegionDescriptor.COMMAND_LINE_CAPACITY,
            ProcessIdentity.commandLine(RegionDescriptor.COMMAND_LINE_CAPACITY));
        Memory.putLongRelease(address + RegionDescriptor.MAGIC_OFFSET, RegionDescriptor.MAGIC);
    }

    /**
     * Gives a slot's descriptor the pages that small rings need, so that no word is ever touched that has no page. Any
     * thread.
     *
     * @return false if the memory limit is reached, or the file system or the kernel has no page left
     */
    public boolean allocateSlot(final int slot) {
        return slot < allocatedSlots || allocateSlots(slot + 1);
    }

    private synchronized boolean allocateSlots(final int limit) {
        for (int i = allocatedSlots; i < limit; i++) {
            if (!hasRoomForChunk(i) || !takePages(slotOffset(i), SLOT_BYTES)) {
                return false;
            }
            allocatedSlots = i + 1;
        }
        return true;
    }

    /** A reader that finds an owner in a slot may copy the first chunk of its ring before that has pages. */
    private boolean hasRoomForChunk(final int slot) {
        return isLong(RegionDescriptor.ringsOffset(settings.slots()) + slot * RING_STRIDE + settings.chunkLength());
    }

    private boolean isLong(final long end) {
        if (end <= fileEnd) {
            return true;
        }
        if (!regionDescriptor.enter()) {
            return false;
        }
        try {
            lengthen(end);
            return true;
        } catch (final NativeException e) {
            Warnings.once("no room for a ring: " + e.getMessage() + NO_RING);
            return false;
        } finally {
            regionDescriptor.leave();
        }
    }

    /** Gives a slot's descriptor its other pages, which chunks beyond the first 64 need. Called by the slot's owner. */
    boolean allocateDescriptor(final int slot, final int chunk) {
        if (chunk >= SlotDescriptor.FIRST_CHUNKS && !hasWholeSlot[slot]) {
            hasWholeSlot[slot] = takePages(slotOffset(slot) + SLOT_BYTES,
                SlotDescriptor.LONG_JOURNAL_OFFSET - SLOT_BYTES);
        }
        return chunk < SlotDescriptor.FIRST_CHUNKS || hasWholeSlot[slot];
    }

    /**
     * Gives a slot's long journal its pages, which it keeps.
     *
     * @return false if there are none to be had
     */
    public boolean allocateLongJournal(final int slot) {
        return takePages(slotOffset(slot) + SlotDescriptor.LONG_JOURNAL_OFFSET, SlotDescriptor.LONG_JOURNAL_LENGTH);
    }

    private long slotOffset(final int slot) {
        return RegionDescriptor.slotsOffset(settings.slots()) + slot * (long) SlotDescriptor.LENGTH;
    }

    private boolean takePages(final long offset, final long length) {
        if (!budget.take(length, 0)) {
            return false;
        }
        final boolean isThere = tryPages(offset, region.address() + offset, length);
        if (!isThere) {
            budget.giveBack(length);
        }
        return isThere;
    }

    /** Allocates pages and touches them: a failure gives an errno now, and not a fault inside a fire later. */
    boolean tryPages(final long offset, final long address, final long length) {
        if (!regionDescriptor.enter()) {
            return false;
        }
        try {
            lengthen(offset + length);
            calls.fallocate(regionDescriptor.number(), offset, length);
            populate(address, length);
            return true;
        } catch (final NativeException e) {
            Warnings.once("no memory for a ring: " + e.getMessage() + NO_RING);
            return false;
        } finally {
            regionDescriptor.leave();
        }
    }

    private void populate(final long address, final long length) {
        try {
            calls.madvise(address, length, NativeCalls.MADV_POPULATE_WRITE);
        } catch (final NativeException e) {
            // Linux before 5.14 cannot touch pages this way: allocating them is all that is possible there.
            if (e.errno() != Errno.EINVAL) {
                throw e;
            }
        }
    }

    /**
     * Gives pages back to the kernel; whoever reads them finds zeros.
     *
     * @return false if the file system cannot give pages back
     */
    boolean punch(final long offset, final long length) {
        if (!canPunch || !regionDescriptor.enter()) {
            return false;
        }
        try {
            calls.punchHole(regionDescriptor.number(), offset, length);
            return true;
        } catch (final NativeException e) {
            canPunch = false;
            return false;
        } finally {
            regionDescriptor.leave();
        }
    }

    /** The budget of the rings' memory. */
    public MemoryBudget budget() {
        return budget;
    }

    /** Length of a ring that is drained by its owner, bytes. */
    public long ordinaryRingLength() {
        return settings.ringLength();
    }

    /** The least length that a ring can have, bytes. */
    public long leastRingLength() {
        return (long) settings.chunkLength() * SlotDescriptor.MIN_CHUNKS;
    }

    /** Length of a ring that another thread or process drains when it polls, bytes. */
    public long greatestRingLength() {
        return Math.min(RING_STRIDE, (long) settings.chunkLength() * SlotDescriptor.MAX_CHUNKS);
    }

    int slotCount() {
        return settings.slots();
    }

    /** Counts an event that was discarded before it had a ring. */
    public void refused(final RefusalCause cause) {
        refusals.get(cause).increment();
    }

    /** Events discarded before they had a ring, by cause. */
    public long refusedCount(final RefusalCause cause) {
        return refusals.get(cause).get();
    }

    /** Whether the region is a file. Somebody may truncate a file, so no consumer may map it. */
    public boolean isRegionFile() {
        return regionFile != null;
    }

    /** Removes the region's file, if it is one: nobody needs to salvage it. */
    public void removeRegionFile() {
        if (regionFile != null) {
            RegionFile.remove(regionFile);
        }
    }

    /** Copies the received words into the region, where they outlive the control file. Called by the control thread. */
    public void copyReceived() {
        for (int i = 0; i < region.slotLimit(); i++) {
            final long word = controlFile.receivedVolatile(i);
            final long copy = region.receivedCopyAddress(i);
            // An unchanged word is not stored: its page would be written to disk again and again.
            if (Memory.getLong(copy) != word) {
                Memory.putLongRelease(copy, word);
            }
        }
    }

    /** Whether every event in the rings was drained, and every batch received. */
    public boolean isAllReceived() throws IOException {
        for (int i = 0; i < region.slotLimit(); i++) {
            final Slot slot = region.slot(i);
            final long tail = slot.tailAcquire();
            final long received = TaggedWord.value(controlFile.receivedVolatile(i));
            if (slot.headVolatile(tail) < tail || received < slot.sequenceAcquire()) {
                return false;
            }
        }
        return true;
    }

    /** Descriptor of the control file, as consumers find it among the process's. */
    public int controlDescriptor() {
        return controlFd;
    }

    /**
     * Whether the consumer of an epoch lives, as the kernel says. A process that is only stopped counts as living.
     *
     * @throws NativeException if the kernel does not say
     */
    public boolean isConsumerAlive(final int epoch) {
        return lifeLock.isTakenElsewhere(ControlFileDescriptor.lifeLockOffset(epoch));
    }

    public TargetId targetId() {
        return targetId;
    }

    public ControlFile controlFile() {
        return controlFile;
    }

    public Region region() {
        return region;
    }
}
