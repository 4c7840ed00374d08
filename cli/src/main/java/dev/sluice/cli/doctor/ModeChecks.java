// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.doctor;

import dev.sluice.bpf.KernelFeatures;
import dev.sluice.bpf.drain.DrainVariant;
import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.bpf.trap.UsdtProgram;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.probe.ProbeTracer;
import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.usdt.LoadedStubs;
import dev.sluice.usdt.ProbeSite;
import dev.sluice.usdt.StubBacking;
import dev.sluice.usdt.StubCalls;
import dev.sluice.usdt.StubLoader;
import dev.sluice.usdt.StubProbe;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Which ways of recording work here, found by trying. Stateless: any thread. */
final class ModeChecks {
    private static final String PROVIDER = "sluice_doctor";
    private static final int BUFFER_LENGTH = 1 << 16;
    private static final String RIGHTS =
        "see what is missing below: rights, libbpf, programs or the kernel";

    private ModeChecks() {
    }

    static List<Finding> of(final KernelFeatures features) {
        return List.of(bpf(features), pull(features), shared(), trap());
    }

    /** A failure without its remedies: the lines about its causes have them. */
    private static String brief(final String failure) {
        return failure.lines().findFirst().orElse("").split("; ", 2)[0];
    }

    private static Finding bpf(final KernelFeatures features) {
        final String key = "mode.bpf";
        if (!features.canDrain()) {
            return Finding.missing(key, brief(features.cannotDrainReason()), "'record' drains in shared mode, as the"
                + " program's own user, instead of through eBPF", RIGHTS);
        }
        final String variants = Arrays.stream(DrainVariant.values()).filter(features::loads)
            .map(variant -> variant.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .collect(Collectors.joining(", "));
        return Finding.ok(key, "batches are drained by eBPF: " + variants);
    }

    private static Finding pull(final KernelFeatures features) {
        final String key = "mode.pull";
        return features.canPull() ? Finding.ok(key, "'record --mode pull' can copy rings out of a program's memory")
            : Finding.missing(key, features.feature("pull").map(feature -> brief(feature.detail()))
                .orElse("not tried, because libbpf or the eBPF programs are missing"),
                "'record --mode pull' cannot be used", RIGHTS);
    }

    private static Finding shared() {
        final String key = "mode.shared";
        final String reason = NativeCalls.unavailableReason();
        return reason.isEmpty() ? Finding.ok(key, "programs of the same user can be recorded without eBPF")
            : Finding.missing(key, reason, "nothing can be recorded here", "use another Java or another machine");
    }

    /** Loads a probe into this process, attaches to it, and fires it. */
    private static Finding trap() {
        final String key = "mode.trap";
        // Nothing on disk: it should not sweep what others have left.
        final String backing = System.getProperty(StubBacking.PROPERTY);
        System.setProperty(StubBacking.PROPERTY, StubBacking.MEMFD.text());
        try {
            final LoadedStubs stubs = StubLoader.load(PROVIDER, List.of(new StubProbe("tried", List.of())));
            if (!stubs.hasStubs()) {
                return Finding.missing(key, stubs.reason(), "programs are traced through their rings only, and other"
                    + " tracers see no probes", "see files.tmp below, and docs/troubleshooting.md");
            }
            return fire(key, stubs);
        } catch (final BpfException | AttachException | NativeException e) {
            return Finding.missing(key, brief(String.valueOf(e.getMessage())),
                "'sluice trap' and traps of 'record' cannot be used", RIGHTS);
        } finally {
            if (backing == null) {
                System.clearProperty(StubBacking.PROPERTY);
            } else {
                System.setProperty(StubBacking.PROPERTY, backing);
            }
        }
    }

    private static Finding fire(final String key, final LoadedStubs stubs) {
        final long self = ProcessHandle.current().pid();
        final List<UsdtProbe> sites = ProcessProbes.of(self).stream()
            .filter(probe -> probe.provider().equals(PROVIDER)).toList();
        try (ProbeTracer tracer = ProbeTracer.attach(new ProbeTracer.Options(self, UsdtProgram.Mode.COUNT, null,
            Set.of(), BUFFER_LENGTH), sites, site -> List.of())) {
            StubCalls.trap0(stubs.stub(0));
            final long hits = tracer.probes().stream().mapToLong(tracer::count).sum();
            if (hits == 0) {
                return Finding.missing(key, "a probe of this process was attached to and fired, and the kernel counted"
                    + " nothing", "'sluice trap' would count nothing", "run it outside of nested pid namespaces");
            }
        }
        return Finding.ok(key, "a USDT probe of this process was attached to, fired and counted ("
            + ProbeSite.current().name().toLowerCase(Locale.ROOT) + ")");
    }
}
