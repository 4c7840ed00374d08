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
import dev.sluice.ring.ControlFileDescriptor;
import dev.sluice.ring.RegionDescriptor;
import dev.sluice.ring.TaggedWord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * One region that is salvaged: of a living process, through its descriptors, or a file that a dead one has left.
 * Nothing in it is changed. For one thread.
 */
final class SalvageSource implements AutoCloseable {
    private final TargetRegion region;
    /** Null for a file whose process is dead. */
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
     * @throws AttachException if there is none, or a consumer is recording one of them
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
     * @throws AttachException if it is none, or a consumer is recording its target
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
            if (!Files.isRegularFile(file)) {
                throw new AttachException(AttachException.Reason.DAMAGED, Files.exists(file)
                    ? file + " is not a region: it is not a regular file"
                    : "no such region: " + file + "; give a file from the application's sluice.region.dir, or a pid");
            }
            channel = FileChannel.open(file, StandardOpenOption.READ);
            final long length = statedLength(file, channel);
            final TargetRegion region = TargetRegion.open(new RegionFileBytes(channel, length));
            isOpen = true;
            return new SalvageSource(region, null, (Integer) Files.getAttribute(file, "unix:uid"));
        } catch (final NoSuchFileException e) {
            throw new AttachException(AttachException.Reason.DAMAGED, "no such region: " + file, e);
        } catch (final IOException e) {
            throw new AttachException(AttachException.Reason.PERMISSION, "open(" + file + ") failed: " + e.getMessage()
                + "; run sluice as the user that owns it, or as root", e);
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
            throw new java.io.UncheckedIOException(e);
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
                : "it does not begin with a region's magic"));
        }
        TargetControl.checkVersion("region", header.getInt(RegionDescriptor.LAYOUT_VERSION_OFFSET));
        return header.getLong(RegionDescriptor.FILE_LENGTH_OFFSET);
    }

    /** The target that a region belongs to, if its process lives and may be looked into; else null. */
    private static Target livingTarget(final TargetRegion region) {
        final List<Target> targets;
        try {
            final UUID bootId =
                UUID.fromString(Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).trim());
            if (!bootId.equals(region.bootId())) {
                return null;
            }
            targets = TargetFinder.open(region.pidInside());
        } catch (final IOException | AttachException e) {
            // No such process, another one with its number, or one in another pid namespace: nothing to ask.
            return null;
        }
        Target found = null;
        for (final Target target : targets) {
            if (target.id().equals(region.targetId())) {
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

    /** Whether the process lives on, and may fire more. */
    boolean isAlive() {
        return target != null && !target.process().hasExited();
    }

    /** Whether no consumer has come since it was opened. */
    boolean isStillUnattended() {
        return target == null || target.control().holder().isFree()
            || !target.control().life().isAlive(target.control().holder().epoch());
    }

    /** A ring's received word: {epoch, sequence}. */
    long received(final int ring) {
        return target != null ? target.control().words().receivedVolatile(ring) : region.receivedCopy(ring);
    }

    /** The newest session that has received of any ring; 0 for none. */
    int epoch() {
        int epoch = 0;
        for (int i = 0; i < region.slotLimit(); i++) {
            // Epochs wrap after 65,535 sessions, in which case this is a number and no more.
            epoch = Math.max(epoch, TaggedWord.epoch(received(i)));
        }
        return epoch;
    }

    /** What a trace's target document says of it, where no trace has one. */
    dev.sluice.store.format.TargetInfo info() {
        return new dev.sluice.store.format.TargetInfo(region.targetId(),
            target != null ? (int) target.process().pid() : region.pidInside(), region.startTime(), region.bootId(),
            region.clockKind(), region.clockFrequency(), ControlFileDescriptor.LAYOUT_VERSION, uid,
            target != null ? target.process().commandLine() : region.commandLine(), region.javaVersion(),
            java.util.Map.of(), region.clockWhy());
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
        return "target " + region.targetId() + " of process " + region.pidInside();
    }
}
