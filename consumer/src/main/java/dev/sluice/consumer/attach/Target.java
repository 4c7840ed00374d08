// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.ring.ControlFileDescriptor;
import dev.sluice.ring.TargetId;

/**
 * One target, found, checked and mapped. It stays readable after its process has died. Any thread may read;
 * {@link #close()} comes after the last use by any of them.
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
     * Checks a control file and opens the region it names.
     *
     * @return null if the target has not finished making it
     */
    static Target open(final long pid, final SharedMapping controlFile) {
        final TargetControl control = TargetControl.open(controlFile);
        if (control == null) {
            return null;
        }
        final TargetProcess process = TargetProcess.open(pid);
        RegionBytes regionFile = null;
        try {
            // A child that inherited the descriptors is not the target.
            if (control.pidInside() != process.pidInside() || control.startTime() != process.startTime()) {
                throw AttachException.damaged("the control file that " + process + " holds belongs to process "
                    + control.pidInside() + " started at " + control.startTime());
            }
            regionFile = control.regionKind() == ControlFileDescriptor.REGION_FILE
                ? SharedFiles.openRegionFile(process, control.regionFd(), control.regionLength())
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

    /** The process it lives in. */
    public TargetProcess process() {
        return process;
    }

    /** Its control file. */
    public TargetControl control() {
        return control;
    }

    /** Its region. */
    public TargetRegion region() {
        return region;
    }

    /**
     * Refuses to drain the rings from here where they cannot be mapped.
     *
     * @throws AttachException if the region is a file
     */
    public void requireShareable() {
        if (!region.isMapped()) {
            throw new AttachException(AttachException.Reason.ENVIRONMENT, "the region of " + process + " is a file"
                + " (sluice.region.dir), which is never drained in shared mode: whoever truncated it would kill the"
                + " one that maps it; drain by BPF, or start the application without that property");
        }
    }

    /** Its identity. */
    public TargetId id() {
        return control.targetId();
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
