// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import static dev.sluice.ring.ControlFileDescriptor.HEADER_LENGTH;

import dev.sluice.ring.ControlFile;
import dev.sluice.ring.ControlFileDescriptor;
import dev.sluice.ring.Memory;
import dev.sluice.ring.RegionDescriptor;
import dev.sluice.ring.TargetId;
import java.util.UUID;

/**
 * The consumer's view of a control file, of which nothing is believed: the header is copied out once and bounded by the
 * file's real size, so no later change by the target can lead an access astray. Any thread; words have the orders that
 * docs/protocol.md gives them.
 */
public final class TargetControl implements AutoCloseable {
    private final SharedMapping mapping;
    private final ControlFile words;
    private final SessionLife life;
    private final TargetId targetId;
    private final UUID bootId;
    private final int pidInside;
    private final long startTime;
    private final int clockKind;
    private final int slotCount;
    private final long regionLength;
    private final int regionKind;
    private final int regionFd;
    private final long drainStub;

    private TargetControl(final SharedMapping mapping, final long address) {
        this.mapping = mapping;
        targetId = TargetId.read(address + ControlFileDescriptor.TARGET_ID_OFFSET);
        bootId = TargetId.read(address + ControlFileDescriptor.BOOT_ID_OFFSET).uuid();
        pidInside = Memory.getInt(address + ControlFileDescriptor.PID_OFFSET);
        startTime = Memory.getLong(address + ControlFileDescriptor.START_TIME_OFFSET);
        clockKind = Memory.getInt(address + ControlFileDescriptor.CLOCK_KIND_OFFSET);
        slotCount = Memory.getInt(address + ControlFileDescriptor.SLOT_COUNT_OFFSET);
        regionLength = Memory.getLong(address + ControlFileDescriptor.REGION_LENGTH_OFFSET);
        regionKind = Memory.getInt(address + ControlFileDescriptor.REGION_KIND_OFFSET);
        regionFd = Memory.getInt(address + ControlFileDescriptor.REGION_FD_OFFSET);
        drainStub = Memory.getLong(address + ControlFileDescriptor.DRAIN_STUB_OFFSET);
        words = new ControlFile(address, slotCount);
        life = new SessionLife(mapping.descriptor());
    }

    /**
     * Checks a control file and takes it over.
     *
     * @return null if its target has not finished making it
     * @throws AttachException if it has another layout, or is damaged
     */
    static TargetControl open(final SharedMapping mapping) {
        if (mapping.length() < HEADER_LENGTH) {
            throw AttachException.damaged("control file has no header: length=" + mapping.length());
        }
        final long header = mapping.address(0, HEADER_LENGTH);
        // Acquire: pairs with the target's release of the magic, its last store to the header.
        final long magic = Memory.getLongAcquire(header + ControlFileDescriptor.MAGIC_OFFSET);
        if (magic == 0) {
            return null;
        }
        if (magic != ControlFileDescriptor.MAGIC) {
            throw AttachException.damaged("control file has a wrong magic: magic=0x" + Long.toHexString(magic));
        }
        checkVersion("control file", Memory.getInt(header + ControlFileDescriptor.LAYOUT_VERSION_OFFSET));
        final int headerLength = Memory.getInt(header + ControlFileDescriptor.HEADER_LENGTH_OFFSET);
        final long fileLength = Memory.getLong(header + ControlFileDescriptor.FILE_LENGTH_OFFSET);
        final int slots = Memory.getInt(header + ControlFileDescriptor.SLOT_COUNT_OFFSET);
        if (headerLength != HEADER_LENGTH || fileLength != mapping.length()
            || slots < 1 || slots > RegionDescriptor.MAX_SLOT_COUNT
            || ControlFileDescriptor.fileLength(slots) != mapping.length()) {
            throw AttachException.damaged("control file does not add up: headerLength=" + headerLength + " fileLength="
                + fileLength + " slots=" + slots + " actual=" + mapping.length());
        }
        final TargetControl control = new TargetControl(mapping, mapping.address(0, mapping.length()));
        // Read again by the constructor from memory that the target can change.
        if (control.slotCount != slots) {
            throw AttachException.damaged("control file changes while it is read: slots=" + control.slotCount);
        }
        return control;
    }

    public static void checkVersion(final String file, final int version) {
        if (version != ControlFileDescriptor.LAYOUT_VERSION) {
            final boolean isTargetOlder = version < ControlFileDescriptor.LAYOUT_VERSION;
            throw new AttachException(AttachException.Reason.LAYOUT, "the target's " + file + " has layout version "
                + Integer.toUnsignedString(version) + " and this sluice reads " + ControlFileDescriptor.LAYOUT_VERSION
                + ": the " + (isTargetOlder ? "library in the target" : "sluice command")
                + " is older; use the version that the " + (isTargetOlder ? "command" : "target") + " has");
        }
    }

    /** Identity of the target. */
    public TargetId targetId() {
        return targetId;
    }

    /** The boot that the target was started in. */
    public UUID bootId() {
        return bootId;
    }

    /** The target's process id as it sees it. */
    public int pidInside() {
        return pidInside;
    }

    /** When the target's process started, in the kernel's clock ticks since boot. */
    public long startTime() {
        return startTime;
    }

    /** Code of the clock that ticks come from. */
    public int clockKind() {
        return clockKind;
    }

    /** Number of slots. */
    public int slotCount() {
        return slotCount;
    }

    long regionLength() {
        return regionLength;
    }

    public int regionKind() {
        return regionKind;
    }

    int regionFd() {
        return regionFd;
    }

    /** Address of the drain probe in the target, or 0 if it has none. */
    public long drainStub() {
        return drainStub;
    }

    /** The words that target and consumer change. */
    public ControlFile words() {
        return words;
    }

    /** Which consumers live. */
    public SessionLife life() {
        return life;
    }

    /** Epoch and process id of the session: the id is 0 when nobody holds it. */
    public SessionHolder holder() {
        return SessionHolder.of(words.sessionVolatile());
    }

    @Override
    public void close() {
        life.end();
        mapping.close();
    }
}
