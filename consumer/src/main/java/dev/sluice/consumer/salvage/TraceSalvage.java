// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.salvage;

import dev.sluice.consumer.attach.AttachException;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceDamageText;
import dev.sluice.store.segment.DocumentView;
import dev.sluice.store.write.TraceWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Makes a complete trace of an interrupted one and of what its targets' rings still hold (R7, R8). Positions and
 * sequence numbers decide what is missing, so no event is stored twice: a ring is read from the larger of its head and
 * the end of its last packet in the trace. Batches in the trace count as stored, whether or not they were confirmed.
 * Batches that were drained but are not in the trace are lost, because their consumer has gone. The region and the
 * interrupted trace are not changed. Stateless: any thread.
 */
public final class TraceSalvage {
    private TraceSalvage() {
    }

    /**
     * Salvages a region that is a file.
     *
     * @param region      the file, of a process that has ended or that nobody traces
     * @param interrupted the trace whose consumer has gone, or null
     * @param output      where the new trace goes; must not exist, or be empty
     * @param commandLine goes into the trace if there is no interrupted one
     * @throws AttachException if the file is no region, has another layout, or is being traced
     * @throws TraceStoreException if the interrupted trace is damaged, complete or of another target, or the new one
     *                             cannot be made
     */
    public static SalvageResult ofFile(
        final Path region, final Path interrupted, final Path output, final String commandLine) {
        return salvage(List.of(SalvageSource.ofFile(region)), interrupted, output, commandLine);
    }

    /**
     * As {@link #ofFile}, for all targets of a process that lives, or that is stopped.
     *
     * @param pid its id
     */
    public static SalvageResult ofProcess(
        final long pid, final Path interrupted, final Path output, final String commandLine) {
        return salvage(SalvageSource.ofProcess(pid), interrupted, output, commandLine);
    }

    private static SalvageResult salvage(final List<SalvageSource> sources, final Path interrupted, final Path output,
                                         final String commandLine) {
        try {
            final TraceReader reader = interrupted == null ? null : TraceReader.openVerified(interrupted);
            if (reader != null) {
                checkIdentity(sources, reader);
            }
            final TraceInfo info = reader != null ? reader.info() : TraceInfo.now(TraceInfo.VERSION, commandLine);
            try (TraceWriter writer = TraceWriter.create(output, info)) {
                return writeOrDiscard(sources, reader, writer);
            }
        } finally {
            sources.forEach(SalvageSource::close);
        }
    }

    /**
     * Writes the trace, or removes it again: half of a salvage is useless and would be in the way of the next attempt.
     */
    private static SalvageResult writeOrDiscard(
        final List<SalvageSource> sources, final TraceReader reader, final TraceWriter writer) {
        try {
            return write(sources, reader, writer);
        } catch (final RuntimeException e) {
            writer.discard();
            throw e;
        }
    }

    private static void checkIdentity(final List<SalvageSource> sources, final TraceReader reader) {
        final List<TargetTrace> ours = reader.targets().stream()
            .filter(target -> sources.stream().anyMatch(source -> isOf(target, source))).toList();
        if (ours.isEmpty()) {
            throw new TraceStoreException("the trace is of another target: " + reader.directory() + " has "
                + reader.targets().stream().map(t -> "target " + t.info().id() + " of process " + t.info().pid())
                    .collect(Collectors.joining(", ")) + ", the region is of "
                + sources.stream().map(SalvageSource::toString).collect(Collectors.joining(", "))
                + "; give the trace of that one, or leave out --trace");
        }
        if (ours.stream().allMatch(TargetTrace::isEndKnown)) {
            throw new TraceStoreException("the trace is complete: " + reader.directory()
                + " has a known end; there is nothing to salvage for it");
        }
    }

    private static boolean isOf(final TargetTrace target, final SalvageSource source) {
        return target.info().id().equals(source.region().stamp().targetId());
    }

    private static SalvageResult write(
        final List<SalvageSource> sources, final TraceReader reader, final TraceWriter writer) {
        final Map<Integer, Integer> schemaLengths = new HashMap<>();
        final Map<Integer, SalvageSource> open = new HashMap<>();
        final List<SalvageSource> added = new ArrayList<>();
        for (final SalvageSource source : sources) {
            final TargetTrace target = reader == null ? null
                : reader.targets().stream().filter(t -> isOf(t, source)).findFirst().orElse(null);
            if (target == null) {
                added.add(source);
            } else if (!target.isEndKnown()) {
                open.put(target.index(), source);
            }
        }
        final long[] copied = {0};
        if (reader != null) {
            final Set<Integer> resumed = new HashSet<>();
            reader.documents(document -> copied[0] += document.kind() == DocumentKind.PROGRESS
                && !mayCopyProgress(reader, document, resumed) ? 0
                : copy(reader, document, writer, open, schemaLengths));
            addTargets(reader, writer, reader.targets().size());
            if (reader.damageCount() > 0 || reader.segments() > 1 || reader.removedEvents() > 0) {
                // The length of a schema log does not show which parts of it are missing, or are repeated by further
                // segments, so the whole log is written again.
                schemaLengths.clear();
            }
        }
        final List<SalvagedTarget> parts = new ArrayList<>();
        boolean isKnown = reader == null || reader.targets().stream()
            .allMatch(target -> target.isEndKnown() || open.containsKey(target.index()));
        for (final Map.Entry<Integer, SalvageSource> entry : open.entrySet()) {
            final SalvagedTarget part =
                new SalvagedTarget(entry.getValue(), writer, entry.getKey(), reader.targets().get(entry.getKey()));
            isKnown &= part.salvage(schemaLengths.getOrDefault(entry.getKey(), 0));
            parts.add(part);
        }
        for (final SalvageSource source : added) {
            final SalvagedTarget part = new SalvagedTarget(source, writer, writer.addTarget(source.info()), null);
            isKnown &= part.salvage(0);
            parts.add(part);
        }
        return new SalvageResult(writer.directory(), isKnown, copied[0], sum(parts, SalvagedTarget::events),
            sum(parts, SalvagedTarget::packets), sum(parts, SalvagedTarget::drainedBefore),
            sum(parts, SalvagedTarget::unconfirmed), warnings(sources, reader, isKnown));
    }

    /**
     * Whether a document that says how far a target had come is needed: the first one, where segments before it were
     * removed. All segments become one, in which the others would say nothing.
     */
    private static boolean mayCopyProgress(final TraceReader reader, final DocumentView document,
                                           final Set<Integer> resumed) {
        return document.target() < reader.targets().size()
            && reader.targets().get(document.target()).removedEvents() > 0 && resumed.add(document.target());
    }

    /** Copies a document, but not the end of a target, which gets a new end. Returns how many documents were copied. */
    private static int copy(final TraceReader reader, final DocumentView document, final TraceWriter writer,
                            final Map<Integer, SalvageSource> open, final Map<Integer, Integer> schemaLengths) {
        if (document.kind() == null || document.kind() == DocumentKind.TRACE
            || document.kind() == DocumentKind.END && open.containsKey(document.target())) {
            return 0;
        }
        if (document.target() >= reader.targets().size()) {
            // Readers have stepped over this document, and over so many others that they no longer remember it.
            return 0;
        }
        addTargets(reader, writer, document.kind() == DocumentKind.TARGET ? document.target() : document.target() + 1);
        if (document.kind() == DocumentKind.SCHEMA) {
            schemaLengths.merge(document.target(), document.payloadLength(), Integer::sum);
        }
        writer.copy(document);
        return 1;
    }

    /** Adds targets up to a number, if their own target documents are damaged, come late or are missing. */
    private static void addTargets(final TraceReader reader, final TraceWriter writer, final int count) {
        while (writer.targets() < count) {
            writer.addTarget(reader.targets().get(writer.targets()).info());
        }
    }

    private static long sum(
        final List<SalvagedTarget> parts, final ToLongFunction<SalvagedTarget> count) {
        return parts.stream().mapToLong(count).sum();
    }

    private static List<String> warnings(final List<SalvageSource> sources, final TraceReader reader,
                                         final boolean isKnown) {
        final List<String> warnings = new ArrayList<>();
        if (reader != null) {
            warnings.addAll(TraceDamageText.lines(reader));
        }
        for (final SalvageSource source : sources) {
            if (source.region().isTruncated()) {
                warnings.add("the region's file was truncated: what it held beyond its end is lost and not counted");
            }
            if (!source.isStillUnattended()) {
                warnings.add("a consumer has attached to " + source + " meanwhile, and drains what was read here");
            }
            if (source.isAlive()) {
                warnings.add(source + " is alive: its rings keep what was read here, and the next recording has it"
                    + " again");
            }
        }
        return warnings;
    }
}
