// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import static dev.sluice.ring.control.ControlFileDescriptor.HEADER_LENGTH;

import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.RegionDescriptor;
import java.util.concurrent.TimeUnit;

/**
 * The consumer's view of a control file. Nothing in the file is believed: the header is copied once and bounded by the
 * file's real size, so no later change by the target can lead to a wrong access. Any thread; words are loaded and
 * stored in the orders that docs/protocol.md gives them.
 */
public final class TargetControl implements AutoCloseable {
    /** The value of {@code sluice.stale} if nobody sets it, ns. */
    private static final long DEFAULT_STALE_AFTER_NS = TimeUnit.SECONDS.toNanos(1);
    /** The greatest value of {@code sluice.stale}, ns. */
    private static final long MAX_STALE_AFTER_NS = TimeUnit.SECONDS.toNanos(999_999_999);

    private final SharedMapping mapping;
    private final ControlFile words;
    private final SessionLife life;
    private final TargetStamp stamp;
    private final int clockKind;
    private final int slotCount;
    private final long regionLength;
    private final int regionKind;
    private final int regionFd;
    private final long drainStub;
    private final long staleAfterNs;
    private final long regionAddress;

    private TargetControl(final SharedMapping mapping, final long address) {
        this.mapping = mapping;
        stamp = TargetStamp.ofControlFile(address);
        clockKind = Memory.getInt(address + ControlFileDescriptor.CLOCK_KIND_OFFSET);
        slotCount = Memory.getInt(address + ControlFileDescriptor.SLOT_COUNT_OFFSET);
        regionLength = Memory.getLong(address + ControlFileDescriptor.REGION_LENGTH_OFFSET);
        regionKind = Memory.getInt(address + ControlFileDescriptor.REGION_KIND_OFFSET);
        regionFd = Memory.getInt(address + ControlFileDescriptor.REGION_FD_OFFSET);
        drainStub = Memory.getLong(address + ControlFileDescriptor.DRAIN_STUB_OFFSET);
        staleAfterNs = Memory.getLong(address + ControlFileDescriptor.STALE_AFTER_OFFSET);
        regionAddress = Memory.getLong(address + ControlFileDescriptor.REGION_ADDRESS_OFFSET);
        words = new ControlFile(address, slotCount);
        life = new SessionLife(mapping.descriptor());
    }

    /**
     * Checks a control file and takes it over.
     *
     * @return null if its target has not finished making it
     * @throws AttachException if the file has another layout, or is damaged
     */
    static TargetControl open(final SharedMapping mapping) {
        if (mapping.length() < HEADER_LENGTH) {
            throw AttachException.damaged("control file has no header: length=" + mapping.length());
        }
        final long header = mapping.address(0, HEADER_LENGTH);
        // Acquire: pairs with the target's release store of the magic, which is its last store to the header.
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
        // The constructor reads this once more, from memory that the target can change.
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

    /** Whether the target's copy of the library still shares the file: it takes the magic away when it is stopped. */
    public boolean isOpen() {
        return Memory.getLongAcquire(words.address() + ControlFileDescriptor.MAGIC_OFFSET)
            == ControlFileDescriptor.MAGIC;
    }

    /** The identity of the target. */
    public TargetStamp stamp() {
        return stamp;
    }

    /** Code of the target's clock, which counts the ticks. */
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

    /** Where the region begins in the target's memory, as the target says. */
    public long regionAddress() {
        return regionAddress;
    }

    /**
     * For how long the target's threads wait for a consumer that shows no sign of life, in ns: the target's
     * {@code sluice.stale}. If the target gives no value, or an impossible one, this is
     * {@link #DEFAULT_STALE_AFTER_NS}.
     */
    public long staleAfterNs() {
        return staleAfterNs > 0 && staleAfterNs <= MAX_STALE_AFTER_NS ? staleAfterNs : DEFAULT_STALE_AFTER_NS;
    }

    /** The words that target and consumer change. */
    public ControlFile words() {
        return words;
    }

    /** Says which consumers live. */
    public SessionLife life() {
        return life;
    }

    /** Epoch and process id of the session. The id is 0 if nobody holds the session. */
    public SessionHolder holder() {
        return SessionHolder.of(words.sessionVolatile());
    }

    @Override
    public void close() {
        life.end();
        mapping.close();
    }
}
