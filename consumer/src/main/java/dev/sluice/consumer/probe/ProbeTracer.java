// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.probe;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.bpf.trap.TrapConfig;
import dev.sluice.bpf.trap.TrapFailure;
import dev.sluice.bpf.trap.TrapProgram;
import dev.sluice.bpf.trap.TrapRecord;
import dev.sluice.bpf.trap.UsdtProgram;
import dev.sluice.bpf.trap.UsdtSite;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.usdt.find.ProbeArgument;
import dev.sluice.usdt.find.ProbeArguments;
import dev.sluice.usdt.find.UsdtProbe;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;

/**
 * Traces USDT probes of one process without rings, those of Sluice or of any other program: each hit is one trap, and
 * is handed out, counted, or put into a histogram. It takes no session, so it works beside a session and beside other
 * tracers. When this process ends, for whatever reason, the kernel undoes everything. For one thread.
 */
public final class ProbeTracer implements AutoCloseable {
    private final List<TracedProbe> probes;
    private final UsdtProgram program;
    private final TrapRecord record = new TrapRecord();
    private boolean isDetached;

    /**
     * What to trace.
     *
     * @param pid             the process
     * @param mode            what is done with a hit
     * @param measured        the argument that histograms are made of, by name or number; null without histograms
     * @param texts           arguments that are addresses of texts, by name or number, in addition to those that are
     *                        known to be
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
     * @param sites  the sites to trace, as {@link dev.sluice.usdt.find.ProcessProbes} found them, at least one
     * @param fields what is known of the arguments of a site; sites of one name and other fields are other probes
     * @throws AttachException if a probe has no such argument, or the argument cannot be measured
     * @throws BpfException             if the kernel refuses
     */
    public static ProbeTracer attach(final Options options, final List<UsdtProbe> sites,
                                     final Function<UsdtProbe, List<FieldSchema>> fields) {
        final Map<List<Object>, List<UsdtProbe>> together = new LinkedHashMap<>();
        sites.forEach(site -> together.computeIfAbsent(kind(options, site, fields), unused -> new ArrayList<>())
            .add(site));
        if (together.size() > UsdtProgram.MAX_PROBE) {
            throw new AttachException(AttachException.Reason.REFUSED, together.size()
                + " probes are too many: at most " + UsdtProgram.MAX_PROBE + " are traced at a time; name fewer of"
                + " them");
        }
        final List<TracedProbe> probes = new ArrayList<>();
        final List<UsdtSite> wanted = new ArrayList<>();
        together.values().forEach(ofOne -> {
            final TracedProbe probe = describe(options, probes.size(), ofOne, fields.apply(ofOne.get(0)));
            probes.add(probe);
            ofOne.forEach(site -> wanted.add(toSite(options, probe, site)));
        });
        checkTexts(options, probes);
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

    /**
     * What the sites of one probe have in common. A hit that is handed out is described by the arguments of its own
     * site.
     */
    private static List<Object> kind(final Options options, final UsdtProbe site,
                                     final Function<UsdtProbe, List<FieldSchema>> fields) {
        final List<Object> forms = new ArrayList<>();
        if (options.mode == UsdtProgram.Mode.PRINT) {
            for (final ProbeArgument place : ProbeArguments.parse(site.arguments())) {
                forms.add(List.of(place.lengthBytes(), place.isSigned(), place.isFloat()));
            }
        }
        return List.of(site.provider(), site.name(), fields.apply(site), forms);
    }

    private static TracedProbe describe(final Options options, final int number, final List<UsdtProbe> sites,
                                        final List<FieldSchema> fields) {
        final List<ProbeArgument> places = new ArrayList<>();
        for (final UsdtProbe site : sites) {
            final List<ProbeArgument> ofSite = ProbeArguments.parse(site.arguments());
            for (int i = 0; i < ofSite.size(); i++) {
                if (i == places.size()) {
                    places.add(ofSite.get(i));
                } else if (places.get(i).isFloat()) {
                    // It is enough that the argument is an integer at one of the sites.
                    places.set(i, ofSite.get(i));
                }
            }
        }
        final int count = Math.min(places.size(), TrapProgram.MAX_ARGUMENTS);
        // A probe of another program may have the same name as a probe of Sluice.
        final boolean isKnown = Math.min(fields.size(), TrapProgram.MAX_ARGUMENTS) == count;
        final List<TracedProbe.Argument> arguments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final FieldSchema field = isKnown ? fields.get(i) : null;
            final String name = field == null ? "arg" + i : field.name();
            final int place = i;
            final boolean isText = field != null && field.type() == FieldType.STRING
                || options.texts.stream().anyMatch(said -> TracedProbe.isCalled(name, place, said));
            arguments.add(new TracedProbe.Argument(name, field, places.get(i), isText));
        }
        return new TracedProbe(number, sites.get(0).provider(), sites.get(0).name(), List.copyOf(arguments),
            sites.size());
    }

    private static void checkTexts(final Options options, final List<TracedProbe> probes) {
        for (final String said : options.texts) {
            if (probes.stream().allMatch(probe -> probe.find(said) < 0)) {
                throw new AttachException(AttachException.Reason.REFUSED, "no argument '" + said + "' to take for a"
                    + " text: " + probes.get(0).qualifiedName() + " has " + probes.get(0).argumentNames()
                    + (probes.size() > 1 ? ", and no other probe has it" : ""));
            }
        }
    }

    private static UsdtSite toSite(final Options options, final TracedProbe probe, final UsdtProbe site) {
        final List<ProbeArgument> places = new ArrayList<>(ProbeArguments.parse(site.arguments()));
        int strings = 0;
        for (int i = 0; i < Math.min(places.size(), probe.arguments().size()); i++) {
            strings |= probe.arguments().get(i).isText() ? 1 << i : 0;
        }
        int measured = 0;
        if (options.mode == UsdtProgram.Mode.HISTOGRAM) {
            measured = measured(options, probe);
            if (measured < places.size() && places.get(measured).isFloat()) {
                // Other sites have an integer there. At this site the argument counts as not readable.
                places.set(measured, places.get(measured).unreadable());
            }
        }
        return new UsdtSite(site.path(), site.file(), site.siteOffset(), site.raisedOffset(), probe.number(), places,
            strings, measured);
    }

    private static int measured(final Options options, final TracedProbe probe) {
        final int measured = probe.find(options.measured);
        if (measured < 0 || !probe.arguments().get(measured).isNumber()) {
            throw new AttachException(AttachException.Reason.REFUSED, "no histogram of argument '"
                + options.measured + "' of " + probe.qualifiedName() + ": "
                + (measured < 0 ? "it has " + probe.argumentNames() : "it is no integer"));
        }
        return measured;
    }

    /** The traced probes, by number. */
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
        int hits;
        do {
            hits = program.ringBuffer().poll((address, length) -> {
                record.wrap(address, length);
                handler.accept(record, UsdtProgram.unreadOf(record));
            }, limit);
        } while (hits == 0 && isDetached && program.ringBuffer().skipStuck());
        return hits;
    }

    /** Whether a record of the kernel has been incomplete for so long that no record after it can be handed out. */
    public boolean isStuck() {
        return program.ringBuffer().isStuck();
    }

    /** Hits lost because the BPF program has begun their record and never completed it. */
    public long stuck() {
        return program.ringBuffer().stuckRecords();
    }

    /** The probe that a record belongs to. */
    public TracedProbe probeOf(final TrapRecord hit) {
        return probes.get(UsdtProgram.probeOf(hit));
    }

    /** Hits of a probe so far. */
    public long count(final TracedProbe probe) {
        return program.count(probe.number());
    }

    /** Hits of a probe by {@link UsdtProgram#BUCKETS}, and hits whose value could not be read. */
    public long[] histogram(final TracedProbe probe) {
        return program.histogram(probe.number());
    }

    /** Hits lost, because the buffer was full or their record could not be made. */
    public long lost() {
        return program.failures(TrapFailure.BUFFER_FULL) + program.failures(TrapFailure.COPY_FAULT);
    }

    /** Ends the tracing: the semaphores are down when this returns. The gathered results stay readable. */
    public void detach() {
        isDetached = program.detach();
    }

    @Override
    public void close() {
        program.close();
    }
}
