// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.salvage;

import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.RegionFileBytes;
import dev.sluice.consumer.attach.SessionHolder;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetControl;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.consumer.attach.TargetStamp;
import dev.sluice.os.proc.BootId;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.text.FileText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One region that is salvaged: that of a living process, through its descriptors, or a file that a dead process has
 * left. Nothing in it is changed. For one thread.
 */
final class SalvageSource implements AutoCloseable {
    private final TargetRegion region;
    /** The living target; null for a file whose process is dead. */
    private final Target target;
    private final int uid;

    private SalvageSource(final TargetRegion region, final Target target, final int uid) {
        this.region = region;
        this.target = target;
        this.uid = uid;
    }

    /**
     * All targets of a process.
     *
     * @throws AttachException if the process has no target, or a consumer is recording one of them
     */
    static List<SalvageSource> ofProcess(final long pid) {
        final List<Target> targets = TargetFinder.open(pid);
        try {
            targets.forEach(SalvageSource::requireNoConsumer);
        } catch (final RuntimeException e) {
            targets.forEach(Target::close);
            throw e;
        }
        final List<SalvageSource> sources = new ArrayList<>();
        for (final Target target : targets) {
            sources.add(new SalvageSource(target.region(), target, target.process().uid()));
        }
        return sources;
    }

    /**
     * The region in a file.
     *
     * @throws AttachException if the file is no region, or a consumer is recording its target
     */
    static SalvageSource ofFile(final Path file) {
        final SalvageSource source = openFile(file);
        final Target alive = livingTarget(source.region);
        if (alive == null) {
            return source;
        }
        source.close();
        try {
            requireNoConsumer(alive);
        } catch (final RuntimeException e) {
            alive.close();
            throw e;
        }
        return new SalvageSource(alive.region(), alive, alive.process().uid());
    }

    private static SalvageSource openFile(final Path file) {
        FileChannel channel = null;
        boolean isOpen = false;
        try {
            if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
                throw new AttachException(AttachException.Reason.DAMAGED, file + " is not a region: it is not a regular"
                    + " file; give a file from the application's sluice.region.dir, or a pid");
            }
            channel = FileChannel.open(file, StandardOpenOption.READ);
            final long length = statedLength(file, channel);
            final TargetRegion region = TargetRegion.open(new RegionFileBytes(channel, length));
            isOpen = true;
            return new SalvageSource(region, null, (Integer) Files.getAttribute(file, "unix:uid"));
        } catch (final NoSuchFileException e) {
            throw new AttachException(AttachException.Reason.DAMAGED, "no such region: " + file
                + "; give a file from the application's sluice.region.dir, or a pid", e);
        } catch (final AccessDeniedException e) {
            throw new AttachException(AttachException.Reason.PERMISSION, "open(" + file + ") failed: permission denied"
                + "; run sluice as the user that owns it, or as root", e);
        } catch (final IOException e) {
            throw new AttachException(AttachException.Reason.ENVIRONMENT, "cannot read the region: " + FileText.of(e)
                + "; see that its file system is there and sound", e);
        } finally {
            if (!isOpen && channel != null) {
                close(channel);
            }
        }
    }

    private static void close(final FileChannel channel) {
        try {
            channel.close();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The length that the header gives, if this is a region at all: the file may have been truncated since. */
    private static long statedLength(final Path file, final FileChannel channel) throws IOException {
        final ByteBuffer header =
            ByteBuffer.allocate(RegionDescriptor.HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        while (header.hasRemaining() && channel.read(header, header.position()) > 0) {
            continue;
        }
        if (header.position() < RegionDescriptor.HEADER_LENGTH
            || header.getLong(RegionDescriptor.MAGIC_OFFSET) != RegionDescriptor.MAGIC) {
            throw new AttachException(AttachException.Reason.DAMAGED, file + " is not a region of Sluice: "
                + (header.position() < RegionDescriptor.HEADER_LENGTH ? "it is too short for a header"
                : "it does not begin with a region's magic")
                + "; give a file from the application's sluice.region.dir, or a pid");
        }
        TargetControl.checkVersion("region", header.getInt(RegionDescriptor.LAYOUT_VERSION_OFFSET));
        return header.getLong(RegionDescriptor.FILE_LENGTH_OFFSET);
    }

    /** The target that a region belongs to, if its process lives and may be looked into; else null. */
    private static Target livingTarget(final TargetRegion region) {
        final List<Target> targets;
        try {
            if (!BootId.read().equals(region.stamp().bootId())) {
                return null;
            }
            targets = TargetFinder.open(region.stamp().pidInside());
        } catch (final IOException | AttachException e) {
            // There is no such process, its number belongs to another process, or it is in another pid namespace: there
            // is nobody to ask.
            return null;
        }
        Target found = null;
        for (final Target target : targets) {
            if (target.id().equals(region.stamp().targetId())) {
                found = target;
            } else {
                target.close();
            }
        }
        return found;
    }

    private static void requireNoConsumer(final Target target) {
        final SessionHolder holder = target.control().holder();
        if (!holder.isFree() && target.control().life().isAlive(holder.epoch())) {
            throw new AttachException(AttachException.Reason.BUSY, target.process() + " is being traced by process "
                + holder.pid() + ", whose trace needs no salvage: end that one first");
        }
    }

    TargetRegion region() {
        return region;
    }

    /** Whether the process still lives and may fire more events. */
    boolean isAlive() {
        return target != null && !target.process().hasExited();
    }

    /** Whether no consumer has come since the region was opened. */
    boolean isStillUnattended() {
        return target == null || target.control().holder().isFree()
            || !target.control().life().isAlive(target.control().holder().epoch());
    }

    /** A ring's received word: {epoch, sequence}. */
    long received(final int ring) {
        return target != null ? target.control().words().receivedVolatile(ring) : region.receivedCopy(ring);
    }

    /** The epoch of the newest session that has received batches of any ring; 0 for none. */
    int epoch() {
        int epoch = 0;
        for (int i = 0; i < region.slotLimit(); i++) {
            // Epochs wrap after 65,535 sessions; after that the greatest epoch is only a number, and perhaps not the
            // newest.
            epoch = Math.max(epoch, TaggedWord.epoch(received(i)));
        }
        return epoch;
    }

    /** The target document for the new trace, if no interrupted trace has one. */
    TargetInfo info() {
        final TargetStamp stamp = region.stamp();
        return new TargetInfo(stamp.targetId(),
            target != null ? (int) target.process().pid() : stamp.pidInside(), stamp.startTime(), stamp.bootId(),
            region.clockKind(), region.clockFrequency(), ControlFileDescriptor.LAYOUT_VERSION, uid,
            target != null ? target.process().commandLine() : region.notes().commandLine(),
            region.notes().javaVersion(), Map.of(), region.notes().clockWhy());
    }

    @Override
    public void close() {
        if (target != null) {
            target.close();
        } else {
            region.close();
        }
    }

    @Override
    public String toString() {
        return "target " + region.stamp().targetId() + " of process " + region.stamp().pidInside();
    }
}
