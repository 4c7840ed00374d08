// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import dev.sluice.bpf.drain.DrainConfig;
import dev.sluice.bpf.drain.DrainProgram;
import dev.sluice.bpf.drain.DrainVariant;
import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.bpf.libbpf.LibBpf;
import dev.sluice.bpf.libbpf.UprobeMulti;
import dev.sluice.bpf.program.BpfObjects;
import dev.sluice.bpf.pull.PullProgram;
import dev.sluice.bpf.trap.TrapConfig;
import dev.sluice.bpf.trap.TrapProgram;
import dev.sluice.bpf.trap.UsdtProgram;
import dev.sluice.bpf.trap.UsdtSite;
import dev.sluice.os.proc.ProcessStatus;
import dev.sluice.usdt.find.ProbeArguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds out by trying what this machine offers for draining by BPF: programs are loaded and unloaded again. Takes some
 * tens of milliseconds and changes nothing. Immutable; any thread.
 */
public final class KernelFeatures {

    private static final String PULL = "pull";
    private static final int PROBE_RING_BUFFER_BYTES = 128 * 1024;
    private static final Path UPROBE_EVENT_SOURCE = Path.of("/sys/bus/event_source/devices/uprobe");
    private static final Path BTF = Path.of("/sys/kernel/btf/vmlinux");

    private final List<Feature> features;

    private KernelFeatures(final List<Feature> features) {
        this.features = List.copyOf(features);
    }

    /**
     * One finding.
     *
     * @param name      stable, for machines
     * @param available whether it works here
     * @param detail    what was found, or why not and what to do
     */
    public record Feature(String name, boolean available, String detail) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%-26s %-4s %s", name, available ? "ok" : "no", detail);
        }
    }

    /** Tries everything. The environment never makes this throw. */
    public static KernelFeatures probe() {
        return probe(true);
    }

    /**
     * Tries what a recording would use: of the ways to drain a batch the best one that loads, and to pull. Each program
     * costs some tens of milliseconds, as libbpf reads the types of the whole kernel for it.
     */
    public static KernelFeatures probeBest() {
        return probe(false);
    }

    private static KernelFeatures probe(final boolean isAll) {
        final List<Feature> found = new ArrayList<>();
        found.add(new Feature("kernel", true, System.getProperty("os.name") + " " + System.getProperty("os.version")
            + " " + System.getProperty("os.arch")));
        found.add(new Feature("libbpf", LibBpf.available(),
            LibBpf.available() ? LibBpf.LIBRARY + " " + LibBpf.version() : LibBpf.unavailableReason()));
        found.add(new Feature("bpf-objects", BpfObjects.available(),
            BpfObjects.available() ? "built in" : BpfObjects.unavailableReason()));
        found.add(file("btf", BTF, "the kernel needs CONFIG_DEBUG_INFO_BTF"));
        found.add(file("uprobe-events", UPROBE_EVENT_SOURCE.resolve("type"), "the kernel needs CONFIG_UPROBE_EVENTS"));
        found.add(file("uprobe-semaphores", UPROBE_EVENT_SOURCE.resolve("format/ref_ctr_offset"), "needs Linux 4.20"));
        found.add(capabilities());
        if (LibBpf.available() && BpfObjects.available()) {
            addVariants(found, isAll);
            found.add(new Feature("uprobe-multi", UprobeMulti.isUsed(), UprobeMulti.isUsed() ? "sets attach at once"
                : "sites attach one by one: needs Linux 6.6, and " + UprobeMulti.PROPERTY + " not to be false"));
            found.add(loads(PULL, () -> PullProgram.load(self()).close()));
            if (!isAll) {
                return new KernelFeatures(found);
            }
            found.add(loads("usdt", () -> UsdtProgram.load(new TrapConfig(self(), PROBE_RING_BUFFER_BYTES),
                UsdtProgram.Mode.PRINT,
                List.of(new UsdtSite("/", 0, 0, 0, ProbeArguments.parse("8@$1"), 1, 0))).close()));
            found.add(loads("trap", () -> TrapProgram.load(new TrapConfig(self(), PROBE_RING_BUFFER_BYTES)).close()));
        }
        return new KernelFeatures(found);
    }

    /** Tries ways to drain a batch, the best first: each, or as far as one loads. */
    private static void addVariants(final List<Feature> found, final boolean isAll) {
        for (final DrainVariant variant : DrainVariant.values()) {
            final Feature feature = loads(nameOf(variant), () -> DrainProgram.load(
                new DrainConfig(self(), 0, 1, PROBE_RING_BUFFER_BYTES).withVariant(variant)).close());
            found.add(feature);
            if (feature.available() && !isAll) {
                return;
            }
        }
    }

    /** All findings, in the order of a printed report. */
    public List<Feature> features() {
        return features;
    }

    /** One finding by its name. */
    public Optional<Feature> feature(final String name) {
        return features.stream().filter(feature -> feature.name().equals(name)).findFirst();
    }

    /** True when some drain variant loads. */
    public boolean canDrain() {
        return features.stream().anyMatch(feature -> feature.name().startsWith("drain-") && feature.available());
    }

    /** True when this drain variant loads. */
    public boolean loads(final DrainVariant variant) {
        return feature(nameOf(variant)).map(Feature::available).orElse(false);
    }

    /** True when the kernel loads the program that a consumer runs itself to copy a process's memory. */
    public boolean canPull() {
        return feature(PULL).map(Feature::available).orElse(false);
    }

    /** The first problem to solve when {@link #canDrain()} is false, else null. */
    public String cannotDrainReason() {
        return canDrain() ? null : features.stream()
            .filter(feature -> !feature.available() && !feature.name().equals("uprobe-multi")
                && !feature.name().equals(PULL))
            .map(feature -> feature.name() + ": " + feature.detail()).findFirst().orElse("nothing was probed");
    }

    /** One line each. */
    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder();
        features.forEach(feature -> text.append(feature).append(System.lineSeparator()));
        return text.toString();
    }

    private static String nameOf(final DrainVariant variant) {
        return "drain-" + variant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static int self() {
        return Math.toIntExact(ProcessHandle.current().pid());
    }

    private static Feature file(final String name, final Path path, final String remedy) {
        return Files.exists(path) ? new Feature(name, true, path.toString())
            : new Feature(name, false, path + " is missing: " + remedy);
    }

    private static Feature loads(final String name, final Runnable attempt) {
        try {
            attempt.run();
            return new Feature(name, true, "loads");
        } catch (final BpfException e) {
            return new Feature(name, false, e.getMessage().lines().findFirst().orElse(""));
        }
    }

    private static Feature capabilities() {
        final String remedy = "run as root or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE";
        try {
            final long effective = ProcessStatus.read(Path.of("/proc/self")).effectiveCapabilities();
            final boolean admin = (effective >>> 21 & 1) != 0;
            final boolean bpf = (effective >>> 39 & 1) != 0 && (effective >>> 38 & 1) != 0;
            return new Feature("capabilities", admin || bpf,
                "CapEff " + Long.toHexString(effective) + (admin || bpf ? "" : ": " + remedy));
        } catch (final IOException | NumberFormatException e) {
            return new Feature("capabilities", false, "/proc/self/status cannot be read: " + e.getMessage());
        }
    }
}
