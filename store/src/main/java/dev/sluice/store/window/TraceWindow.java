// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.window;

import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.format.DocumentCodec;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.segment.DocumentHandler;
import dev.sluice.store.segment.DocumentView;
import dev.sluice.store.text.FileText;
import dev.sluice.store.write.TraceLimits;
import dev.sluice.store.write.TraceWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Writes the events of a trace between two times into a new trace, which needs nothing of the first one. A packet that
 * lies across a bound is cut there, so the new trace has every event of the window that the first one has, and no
 * other. Its account is that of the window: of each ring, from its first event there to its last one. The first trace
 * may still be recorded meanwhile, and lose its oldest segments: what its reader has open stays readable, and keeps its
 * space until it is closed. Stateless: any thread.
 */
public final class TraceWindow {
    /**
     * What was written.
     *
     * @param directory of the new trace
     * @param fromNs    begin of the window, CLOCK_MONOTONIC, ns; later than asked for if older segments are gone
     * @param toNs      end of the window: its last nanosecond
     * @param isWhole   whether the trace reaches back to the begin that was asked for, and nothing in it is damaged
     * @param events    events in the window
     * @param lost      events of the window that were lost, as far as is known
     */
    public record Taken(Path directory, long fromNs, long toNs, boolean isWhole, long events, long lost) {
    }

    private TraceWindow() {
    }

    /**
     * Writes a window.
     *
     * @param reader      the trace, opened when everything of the window was stored
     * @param fromNs      first nanosecond, CLOCK_MONOTONIC; {@link Long#MIN_VALUE} for the oldest that is whole
     * @param toNs        last nanosecond; {@link Long#MAX_VALUE} for the newest that there is
     * @param output      directory of the new trace; must not exist, or be empty
     * @param commandLine what the new trace says of how it was made; the window is added to it
     * @throws dev.sluice.store.format.TraceStoreException if the trace cannot be read or the new one not be written;
     *                                                     nothing is left behind then
     */
    public static Taken write(final TraceReader reader, final long fromNs, final long toNs, final Path output,
        final String commandLine) {
        return write(reader, fromNs, toNs, output, commandLine, TraceLimits.DEFAULT, reader::documents);
    }

    /**
     * Writes a window of a trace that is being recorded. Where both are on one file system, the recording comes first:
     * the window fails before it takes what that needs. What the reader has open counts as needed too, since the
     * recording may remove it at any time, and its space does not come back before it is closed here. It is closed as
     * soon as it is read: nothing can be read from the reader afterwards.
     *
     * @param neededBytes what the recording needs free on its file system; 0 if it has ended, or does not say: then
     *                    the window may take what any other trace may
     */
    public static Taken writeBeside(final TraceReader reader, final long fromNs, final long toNs, final Path output,
        final String commandLine, final long neededBytes) {
        try {
            final boolean isYielding = neededBytes > 0 && isBeside(reader.directory(), output);
            return write(reader, fromNs, toNs, output, commandLine, isYielding
                ? TraceLimits.DEFAULT.beside(() -> neededBytes + reader.heldBytes()) : TraceLimits.DEFAULT,
                reader::lastDocuments);
        } finally {
            reader.release();
        }
    }

    /** Whether a new directory will be on the file system of another one. */
    private static boolean isBeside(final Path directory, final Path output) {
        Path above = output.toAbsolutePath().normalize();
        while (above.getParent() != null && Files.notExists(above)) {
            above = above.getParent();
        }
        try {
            return Files.getAttribute(directory, "unix:dev").equals(Files.getAttribute(above, "unix:dev"));
        } catch (final IOException e) {
            throw new TraceStoreException("cannot tell where the snapshot would be: " + FileText.of(e)
                + "; choose another directory (-o DIR)", e);
        }
    }

    private static Taken write(final TraceReader reader, final long fromNs, final long toNs, final Path output,
        final String commandLine, final TraceLimits limits, final Consumer<DocumentHandler> documents) {
        final long coveredNs = reader.targets().stream().mapToLong(TargetTrace::coveredFromNs).max()
            .orElse(Long.MIN_VALUE);
        final long beginNs = Math.max(fromNs, coveredNs);
        boolean isDone = false;
        final TraceWriter writer =
            TraceWriter.create(output, TraceInfo.now(TraceInfo.VERSION, commandLine + " (from "
                + beginNs + " to " + toNs + " ns of CLOCK_MONOTONIC)"), limits);
        try {
            final List<TargetWindow> targets = new ArrayList<>();
            for (final TargetTrace target : reader.targets()) {
                targets.add(new TargetWindow(target, writer, beginNs, toNs));
            }
            documents.accept(document -> {
                if (document.target() < targets.size()) {
                    tryPass(document, targets.get(document.target()));
                }
            });
            long events = 0;
            long lost = 0;
            final boolean isSound = reader.damageCount() == 0;
            for (final TargetWindow target : targets) {
                target.finish(isSound);
                events += target.events();
                lost += target.lost();
            }
            writer.close();
            isDone = true;
            return new Taken(output, beginNs, toNs, isSound && (fromNs == Long.MIN_VALUE || coveredNs <= fromNs),
                events, lost);
        } finally {
            if (!isDone) {
                writer.discard();
            }
        }
    }

    /** The time of the last event of a trace that nobody records any more, CLOCK_MONOTONIC, ns. */
    public static long endNs(final TraceReader reader) {
        long endNs = Long.MIN_VALUE;
        for (final TargetTrace target : reader.targets()) {
            final TargetClock clock = target.clock();
            for (final PacketStream stream : target.streams()) {
                endNs = stream.packetCount() == 0 ? endNs : Math.max(endNs, clock.monotonicNs(stream.endTicks()));
            }
        }
        return endNs == Long.MIN_VALUE ? Long.MAX_VALUE : endNs;
    }

    private static void tryPass(final DocumentView document, final TargetWindow target) {
        try {
            pass(document, target);
        } catch (final IllegalArgumentException e) {
            // The reader has stepped over it as well, and names it as damaged.
            return;
        }
    }

    private static void pass(final DocumentView document, final TargetWindow target) {
        if (document.kind() == DocumentKind.PACKET) {
            target.packet(document.payloadAddress(), document.payloadLength());
        } else if (document.kind() == DocumentKind.THREAD) {
            target.thread(DocumentCodec.decodeThread(document.payload()));
        } else if (document.kind() == DocumentKind.PROGRESS) {
            target.progress(DocumentCodec.decodeProgress(document.payload()));
        } else if (document.kind() == DocumentKind.LOSS) {
            target.loss(DocumentCodec.decodeLoss(document.payload()));
        } else if (document.kind() == DocumentKind.TICKER) {
            target.ticker(DocumentCodec.decodeTicker(document.payload()));
        }
    }
}
