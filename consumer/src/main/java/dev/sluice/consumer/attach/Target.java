// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.RegionDescriptor;

/**
 * One target, found, checked and mapped. It can be read even after its process has died. Any thread may read;
 * {@link #close()} comes after the last use by any thread.
 */
public final class Target implements AutoCloseable {
    private final TargetProcess process;
    private final TargetControl control;
    private final TargetRegion region;

    private Target(final TargetProcess process, final TargetControl control, final TargetRegion region) {
        this.process = process;
        this.control = control;
        this.region = region;
    }

    /**
     * Checks a control file and opens the region that it names.
     *
     * @param isRegionMapped whether the region is mapped if nobody can shrink it; else it is only read
     * @return null if the target has not finished making the control file
     */
    static Target open(final long pid, final SharedMapping controlFile, final boolean isRegionMapped) {
        final TargetControl control = TargetControl.open(controlFile);
        if (control == null) {
            return null;
        }
        final TargetProcess process = TargetProcess.open(pid);
        RegionBytes regionFile = null;
        try {
            // A child process that has inherited the descriptors is not the target.
            final TargetStamp stamp = control.stamp();
            if (stamp.pidInside() != process.pidInside() || stamp.startTime() != process.startTime()) {
                throw new AttachException(AttachException.Reason.NOT_ITS_OWN, "the control file that " + process
                    + " holds belongs to process " + stamp.pidInside() + " (as that one sees itself), started at "
                    + stamp.startTime() + ": it is a consumer, or has inherited the file; name the process that"
                    + " fires, which 'sluice list' shows");
            }
            regionFile = !isRegionMapped || control.regionKind() == ControlFileDescriptor.REGION_FILE
                ? SharedFiles.openUnmapped(process, control.regionFd(),
                    RegionDescriptor.errorLogOffset(control.slotCount()), control.regionLength())
                : SharedFiles.openRegion(process, control.regionFd());
            final TargetRegion region = TargetRegion.open(regionFile, control);
            process.checkAlive();
            return new Target(process, control, region);
        } catch (final RuntimeException e) {
            process.close();
            if (regionFile != null) {
                regionFile.close();
            }
            throw e;
        }
    }

    /** The target's process. */
    public TargetProcess process() {
        return process;
    }

    /** The target's control file. */
    public TargetControl control() {
        return control;
    }

    /** The target's region. */
    public TargetRegion region() {
        return region;
    }

    /**
     * Refuses a target whose rings cannot be drained from this process, because they cannot be mapped.
     *
     * @throws AttachException if the region is a file
     */
    public void requireShareable() {
        if (!region.isMapped()) {
            throw new AttachException(AttachException.Reason.ENVIRONMENT, Command.whyNotShared(process.toString()));
        }
    }

    /** The target's identity. */
    public TargetId id() {
        return control.stamp().targetId();
    }

    @Override
    public void close() {
        region.close();
        control.close();
        process.close();
    }

    @Override
    public String toString() {
        return process + " target " + id();
    }
}
