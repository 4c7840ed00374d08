// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.control;

import dev.sluice.ring.memory.Memory;

/**
 * Accessors of a mapped control file, for both sides. Stateless but for the address: any thread. docs/protocol.md says
 * who may store which word. The addresses are those of a mapping of at least {@link ControlFileDescriptor#fileLength}
 * bytes, whose owner keeps it mapped.
 */
public final class ControlFile {
    private final long address;
    private final int slotCount;

    /** Accessors of the mapping at an address, whose header was checked. */
    public ControlFile(final long address, final int slotCount) {
        this.address = address;
        this.slotCount = slotCount;
    }

    /** Address of the mapping. */
    public long address() {
        return address;
    }

    /** Number of slots, as this side checked it. */
    public int slotCount() {
        return slotCount;
    }

    /** Session word {epoch, consumer pid}. */
    public long sessionVolatile() {
        return Memory.getLongVolatile(address + ControlFileDescriptor.SESSION_OFFSET);
    }

    /** Takes or leaves the session. */
    public boolean compareAndSetSession(final long expected, final long word) {
        return Memory.compareAndSetLong(address + ControlFileDescriptor.SESSION_OFFSET, expected, word);
    }

    /** Consumer's heartbeat {epoch, count}. A change of the count says that the consumer keeps up. */
    public long heartbeatVolatile() {
        return Memory.getLongVolatile(address + ControlFileDescriptor.HEARTBEAT_OFFSET);
    }

    /** Consumer's heartbeat. */
    public boolean compareAndSetHeartbeat(final long expected, final long word) {
        return Memory.compareAndSetLong(address + ControlFileDescriptor.HEARTBEAT_OFFSET, expected, word);
    }

    /** Credits consumed {epoch, bytes / 8}. */
    public long creditsConsumedVolatile() {
        return Memory.getLongVolatile(address + ControlFileDescriptor.CREDITS_CONSUMED_OFFSET);
    }

    /** Credits consumed. */
    public boolean compareAndSetCreditsConsumed(final long expected, final long word) {
        return Memory.compareAndSetLong(address + ControlFileDescriptor.CREDITS_CONSUMED_OFFSET, expected, word);
    }

    /** Credits claimed {epoch, bytes / 8}. */
    public long creditsClaimedVolatile() {
        return Memory.getLongVolatile(address + ControlFileDescriptor.CREDITS_CLAIMED_OFFSET);
    }

    /** Credits claimed. */
    public boolean compareAndSetCreditsClaimed(final long expected, final long word) {
        return Memory.compareAndSetLong(address + ControlFileDescriptor.CREDITS_CLAIMED_OFFSET, expected, word);
    }

    /** Stores the credits claimed: the control thread resets them for a new session. */
    public void putCreditsClaimedVolatile(final long word) {
        Memory.putLongVolatile(address + ControlFileDescriptor.CREDITS_CLAIMED_OFFSET, word);
    }

    /** Time of the target's control thread, ns of CLOCK_MONOTONIC. */
    public long targetHeartbeatAcquire() {
        return Memory.getLongAcquire(address + ControlFileDescriptor.TARGET_HEARTBEAT_OFFSET);
    }

    /** Stores the time of the target's control thread, ns of CLOCK_MONOTONIC. */
    public void targetHeartbeatRelease(final long nowNs) {
        Memory.putLongRelease(address + ControlFileDescriptor.TARGET_HEARTBEAT_OFFSET, nowNs);
    }

    /** Epoch of the session that drainers serve, 0 for none. */
    public int activeEpochVolatile() {
        return (int) Memory.getLongVolatile(address + ControlFileDescriptor.ACTIVE_EPOCH_OFFSET);
    }

    /** Stores the epoch of the session that drainers serve, 0 for none. */
    public void putActiveEpochVolatile(final int epoch) {
        Memory.putLongVolatile(address + ControlFileDescriptor.ACTIVE_EPOCH_OFFSET, epoch);
    }

    /** Bytes of the active session's BPF ring buffer that may be claimed. */
    public long creditCapacity() {
        return Memory.getLong(address + ControlFileDescriptor.CREDIT_CAPACITY_OFFSET);
    }

    /** Whether the active session's records take a size class (1) or their exact size (0). */
    public int recordSizing() {
        return (int) Memory.getLong(address + ControlFileDescriptor.RECORD_SIZING_OFFSET);
    }

    /**
     * Stores what ENABLE said of the session's buffer. Called by the control thread, before it stores the active epoch.
     */
    public void sessionBuffer(final long creditCapacity, final int recordSizing) {
        Memory.putLong(address + ControlFileDescriptor.CREDIT_CAPACITY_OFFSET, creditCapacity);
        Memory.putLong(address + ControlFileDescriptor.RECORD_SIZING_OFFSET, recordSizing);
    }

    /** Command word {epoch, kind:16, number:32}. */
    public long commandVolatile() {
        return Memory.getLongVolatile(address + ControlFileDescriptor.COMMAND_OFFSET);
    }

    /** Command word. */
    public boolean compareAndSetCommand(final long expected, final long word) {
        return Memory.compareAndSetLong(address + ControlFileDescriptor.COMMAND_OFFSET, expected, word);
    }

    /** The last command word that was answered. */
    public long ackVolatile() {
        return Memory.getLongVolatile(address + ControlFileDescriptor.ACK_OFFSET);
    }

    /** Received word of a slot {epoch, sequence}. */
    public long receivedVolatile(final int slot) {
        return Memory.getLongVolatile(receivedAddress(slot));
    }

    /** Received word of a slot. */
    public boolean compareAndSetReceived(final int slot, final long expected, final long word) {
        return Memory.compareAndSetLong(receivedAddress(slot), expected, word);
    }

    /**
     * Appending word of a slot {epoch, position / 8}: end of the batch that a consumer in shared mode is about to
     * append to its trace, or that one in pull mode copies and appends; 0 for none.
     */
    public long appendingVolatile(final int slot) {
        return Memory.getLongVolatile(appendingAddress(slot));
    }

    /** Changes the appending word of a slot. */
    public boolean compareAndSetAppending(final int slot, final long expected, final long word) {
        return Memory.compareAndSetLong(appendingAddress(slot), expected, word);
    }

    /**
     * Accounted word of a slot {epoch, discarded events}: how many events of the ring's count the consumer's trace has.
     */
    public long accountedVolatile(final int slot) {
        return Memory.getLongVolatile(accountedAddress(slot));
    }

    /** Changes the accounted word of a slot. */
    public boolean compareAndSetAccounted(final int slot, final long expected, final long word) {
        return Memory.compareAndSetLong(accountedAddress(slot), expected, word);
    }

    /**
     * How many events of a process-wide count of refusals the consumer's trace has {epoch, events}, by the cause's
     * code.
     */
    public long refusalsAccountedVolatile(final int code) {
        return Memory.getLongVolatile(address + ControlFileDescriptor.refusalsAccountedOffset(code));
    }

    /** Changes how many events of a process-wide count of refusals the consumer's trace has. */
    public boolean compareAndSetRefusalsAccounted(final int code, final long expected, final long word) {
        return Memory.compareAndSetLong(
            address + ControlFileDescriptor.refusalsAccountedOffset(code), expected, word);
    }

    /** Pulled word of a slot {epoch, position / 8}: up to where a consumer in pull mode has taken the ring's events. */
    public long pulledVolatile(final int slot) {
        return Memory.getLongVolatile(pulledAddress(slot));
    }

    /** Changes the pulled word of a slot. */
    public boolean compareAndSetPulled(final int slot, final long expected, final long word) {
        return Memory.compareAndSetLong(pulledAddress(slot), expected, word);
    }

    private long pulledAddress(final int slot) {
        return address + ControlFileDescriptor.consumerWordsOffset(slot) + ConsumerWordsDescriptor.PULLED_OFFSET;
    }

    private long accountedAddress(final int slot) {
        return address + ControlFileDescriptor.consumerWordsOffset(slot) + ConsumerWordsDescriptor.ACCOUNTED_OFFSET;
    }

    private long receivedAddress(final int slot) {
        return address + ControlFileDescriptor.consumerWordsOffset(slot) + ConsumerWordsDescriptor.RECEIVED_OFFSET;
    }

    private long appendingAddress(final int slot) {
        return address + ControlFileDescriptor.consumerWordsOffset(slot) + ConsumerWordsDescriptor.APPENDING_OFFSET;
    }
}
