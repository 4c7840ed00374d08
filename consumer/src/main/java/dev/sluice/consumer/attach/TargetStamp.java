// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.RegionDescriptor;
import java.util.UUID;

/**
 * The identity of a target, as the headers of both of its shared files have it.
 *
 * @param targetId  identity of the copy of the library in the process
 * @param bootId    identity of the boot in which the process was started
 * @param pidInside the process id as the process sees it
 * @param startTime when the process started, in clock ticks since boot
 */
public record TargetStamp(TargetId targetId, UUID bootId, int pidInside, long startTime) {
    /** The stamp of a control file whose header is at an address. */
    static TargetStamp ofControlFile(final long header) {
        return new TargetStamp(TargetId.read(header + ControlFileDescriptor.TARGET_ID_OFFSET),
            TargetId.read(header + ControlFileDescriptor.BOOT_ID_OFFSET).uuid(),
            Memory.getInt(header + ControlFileDescriptor.PID_OFFSET),
            Memory.getLong(header + ControlFileDescriptor.START_TIME_OFFSET));
    }

    /** The stamp of a region whose header is at an address. */
    static TargetStamp ofRegion(final long header) {
        return new TargetStamp(TargetId.read(header + RegionDescriptor.TARGET_ID_OFFSET),
            TargetId.read(header + RegionDescriptor.BOOT_ID_OFFSET).uuid(),
            Memory.getInt(header + RegionDescriptor.PID_OFFSET),
            Memory.getLong(header + RegionDescriptor.START_TIME_OFFSET));
    }
}
