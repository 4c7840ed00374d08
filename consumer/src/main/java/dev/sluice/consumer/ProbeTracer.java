// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer;

import dev.sluice.bpf.BpfException;
import dev.sluice.bpf.TrapConfig;
import dev.sluice.bpf.TrapFailure;
import dev.sluice.bpf.TrapProgram;
import dev.sluice.bpf.TrapRecord;
import dev.sluice.bpf.UsdtProgram;
import dev.sluice.bpf.UsdtSite;
import dev.sluice.ring.FieldSchema;
import dev.sluice.ring.FieldType;
import dev.sluice.usdt.ProbeArgument;
import dev.sluice.usdt.ProbeArguments;
import dev.sluice.usdt.UsdtProbe;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;

/**
 * Traces USDT probes of one process by themselves, ours or anybody's: each hit is one trap, and is handed out, counted,
 * or put into a histogram. Takes no session, so it stands beside one and beside other tracers. The kernel undoes all of
 * it when this process ends in whatever way. For one thread.
 */
public final class ProbeTracer implements AutoCloseable {
    private final List<TracedProbe> probes;
    private final UsdtProgram program;
    private final TrapRecord record = new TrapRecord();

    /**
     * What to trace.
     *
     * @param pid             the process
     * @param mode            what becomes of a hit
     * @param measured        the argument that histograms are of, by name or number; null without
     * @param texts           arguments that are addresses of texts, by name or number, besides those known to be
     * @param ringBufferBytes size of the BPF ring buffer, a power of two
     */
    public record Options(long pid, UsdtProgram.Mode mode, String measured, Collection<String> texts,
        int ringBufferBytes) {
    }

    private ProbeTracer(final List<TracedProbe> probes, final UsdtProgram program) {
        this.probes = probes;
        this.program = program;
    }

    /**
     * Attaches to all sites of all probes given.
     *
     * @param sites  what {@link dev.sluice.usdt.ProcessProbes} found and is to be traced, at least one
     * @param fields what is known of the arguments of a site; sites of one name and other fields are other probes
     * @throws AttachException          if a probe has no such argument, or it is none that can be measured
     * @throws BpfException             if the kernel refuses
     */
    public static ProbeTracer attach(final Options options, final List<UsdtProbe> sites,
                                     final Function<UsdtProbe, List<FieldSchema>> fields) {
        final Map<List<Object>, List<UsdtProbe>> byName = new LinkedHashMap<>();
        sites.forEach(site -> byName.computeIfAbsent(List.of(site.provider(), site.name(), fields.apply(site)),
            unused -> new ArrayList<>()).add(site));
        if (byName.size() > UsdtProgram.MAX_PROBE) {
            throw new AttachException(AttachException.Reason.REFUSED, "too many probes: " + byName.size());
        }
        final List<TracedProbe> probes = new ArrayList<>();
        final List<UsdtSite> wanted = new ArrayList<>();
        byName.forEach((name, ofOne) -> {
            final TracedProbe probe = describe(options, probes.size(), ofOne, fields.apply(ofOne.get(0)));
            probes.add(probe);
            ofOne.forEach(site -> wanted.add(toSite(options, probe, site)));
        });
        final UsdtProgram program = UsdtProgram.load(
            new TrapConfig((int) options.pid, options.ringBufferBytes), options.mode, wanted);
        try {
            program.attach();
            return new ProbeTracer(List.copyOf(probes), program);
        } catch (final BpfException e) {
            program.close();
            throw e;
        }
    }

    private static TracedProbe describe(final Options options, final int number, final List<UsdtProbe> sites,
                                        final List<FieldSchema> fields) {
        final List<ProbeArgument> places = ProbeArguments.parse(sites.get(0).arguments());
        final int count = Math.min(places.size(), TrapProgram.MAX_ARGUMENTS);
        // Somebody else's probe may have the name of one of ours.
        final boolean isKnown = Math.min(fields.size(), TrapProgram.MAX_ARGUMENTS) == count;
        final List<TracedProbe.Argument> arguments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final FieldSchema field = isKnown ? fields.get(i) : null;
            final String name = field == null ? "arg" + i : field.name();
            final boolean isText = field != null && field.type() == FieldType.STRING
                || options.texts.contains(name) || options.texts.contains("arg" + i)
                || options.texts.contains(Integer.toString(i));
            arguments.add(new TracedProbe.Argument(name, field, places.get(i), isText));
        }
        return new TracedProbe(number, sites.get(0).provider(), sites.get(0).name(), List.copyOf(arguments),
            sites.size());
    }

    private static UsdtSite toSite(final Options options, final TracedProbe probe, final UsdtProbe site) {
        final List<ProbeArgument> places = ProbeArguments.parse(site.arguments());
        int strings = 0;
        for (int i = 0; i < Math.min(places.size(), probe.arguments().size()); i++) {
            strings |= probe.arguments().get(i).isText() ? 1 << i : 0;
        }
        int measured = 0;
        if (options.mode == UsdtProgram.Mode.HISTOGRAM) {
            measured = probe.find(options.measured);
            if (measured < 0 || !probe.arguments().get(measured).isNumber()) {
                throw new AttachException(AttachException.Reason.REFUSED, "no histogram of argument '"
                    + options.measured + "' of " + probe.qualifiedName() + ": "
                    + (measured < 0 ? "it has " + names(probe) : "it is no integer"));
            }
        }
        return new UsdtSite(site.path(), site.siteOffset(), site.semaphoreOffset(), probe.number(), places, strings,
            measured);
    }

    private static String names(final TracedProbe probe) {
        return probe.arguments().isEmpty() ? "no arguments"
            : String.join(", ", probe.arguments().stream().map(TracedProbe.Argument::name).toList());
    }

    /** What is traced, by number. */
    public List<TracedProbe> probes() {
        return probes;
    }

    /**
     * Hands out hits that arrived, in order.
     *
     * @param handler gets the record and the arguments that could not be read, as bits
     * @return how many
     */
    public int poll(final ObjIntConsumer<TrapRecord> handler, final int limit) {
        return program.ringBuffer().poll((address, length) -> {
            record.wrap(address, length);
            handler.accept(record, UsdtProgram.unreadOf(record));
        }, limit);
    }

    /** The probe that a record is of. */
    public TracedProbe probeOf(final TrapRecord hit) {
        return probes.get(UsdtProgram.probeOf(hit));
    }

    /** Hits of a probe so far. */
    public long count(final TracedProbe probe) {
        return program.count(probe.number());
    }

    /** Hits of a probe by {@link UsdtProgram#BUCKETS}, and of values that could not be read. */
    public long[] histogram(final TracedProbe probe) {
        return program.histogram(probe.number());
    }

    /** Hits lost, because the buffer was full or their record could not be made. */
    public long lost() {
        return program.failures(TrapFailure.BUFFER_FULL) + program.failures(TrapFailure.COPY_FAULT);
    }

    /** Ends the tracing: semaphores are down when it returns. What was gathered stays readable. */
    public void detach() {
        program.detach();
    }

    @Override
    public void close() {
        program.close();
    }
}
