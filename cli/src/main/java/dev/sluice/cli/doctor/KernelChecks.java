// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.doctor;

import dev.sluice.bpf.KernelFeatures;
import dev.sluice.os.Processor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The kernel, what it was built with, and what reaches it from user space. Stateless: any thread. */
final class KernelChecks {
    private static final Path VERSION = Path.of("/proc/sys/kernel/version");
    private static final Path PREEMPTION = Path.of("/sys/kernel/debug/sched/preempt");
    private static final Path LOCKDOWN = Path.of("/sys/kernel/security/lockdown");
    private static final String NO_BPF = "nothing can be drained or trapped through eBPF; shared mode works";

    private KernelChecks() {
    }

    static List<Finding> of(final KernelFeatures features) {
        final List<Finding> findings = new ArrayList<>();
        findings.add(version());
        findings.add(preemption(text(VERSION), text(PREEMPTION)));
        findings.add(feature(features, "btf", "kernel.btf",
            "batches cannot be drained through eBPF, nor pulled; traps, 'record --sum' and shared mode work",
            "use a kernel with CONFIG_DEBUG_INFO_BTF=y"));
        findings.add(feature(features, "uprobe-events", "kernel.uprobes", NO_BPF,
            "use a kernel with CONFIG_UPROBE_EVENTS=y, and mount /sys"));
        findings.add(feature(features, "uprobe-semaphores", "kernel.semaphores",
            "a tracepoint cannot see that it is trapped", "use Linux 4.20 or later"));
        // Without the right to try it, nothing is known of it.
        features.feature("uprobe-multi").filter(multi -> features.canDrain()).map(multi -> multi.available()
            ? Finding.ok("kernel.uprobe_multi", multi.detail())
            : Finding.limited("kernel.uprobe_multi", multi.detail(), "attaching to many probes takes longer",
                "use Linux 6.6 or later for hundreds of probes")).ifPresent(findings::add);
        findings.add(lockdown(LOCKDOWN));
        findings.add(feature(features, "libbpf", "libbpf", NO_BPF, "apt-get install libbpf1"));
        findings.add(programs(features));
        return findings;
    }

    private static Finding version() {
        final String found = System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
            + System.getProperty("os.arch") + ", Java " + Runtime.version().feature();
        return Processor.current().isPresent() ? Finding.ok("kernel.version", found)
            : Finding.missing("kernel.version", found, "Sluice has no code for this processor",
                "use x86-64 or 64-bit ARM");
    }

    /**
     * How a thread inside the kernel can lose its processor.
     *
     * @param version what the kernel says it was built as
     * @param chosen  the kinds that it could have, the one that it has in parentheses; empty if it does not say
     */
    static Finding preemption(final String version, final String chosen) {
        final String key = "kernel.preemption";
        if (version.contains("PREEMPT_RT")) {
            return Finding.limited(key, "PREEMPT_RT", "Sluice was never tried on such a kernel",
                "compare what is stored with what a program has fired ('sluice demo')");
        }
        if (!version.contains("PREEMPT")) {
            return Finding.ok(key, version.isEmpty() ? "the kernel does not say" : "none or voluntary");
        }
        if (!version.contains("PREEMPT_DYNAMIC")) {
            return Finding.ok(key, "full");
        }
        return Finding.ok(key, chosen.contains("(") && chosen.contains(")")
            ? chosen.substring(chosen.indexOf('(') + 1, chosen.indexOf(')')) + ", chosen at boot"
            : "chosen at boot; " + PREEMPTION + " would say which, to root with debugfs");
    }

    /** What is kept even from root, by a file that has one of none, integrity and confidentiality in brackets. */
    static Finding lockdown(final Path file) {
        final String key = "kernel.lockdown";
        final String text = text(file);
        if (text.contains("[confidentiality]")) {
            return Finding.missing(key, "confidentiality", "the kernel lets no eBPF program read memory",
                "boot with lockdown=integrity or without Secure Boot, or record in shared mode");
        }
        return Finding.ok(key, text.contains("[integrity]") ? "integrity, which keeps nothing from Sluice" : "none");
    }

    private static Finding programs(final KernelFeatures features) {
        return features.feature("bpf-objects").filter(KernelFeatures.Feature::available).isPresent()
            ? Finding.ok("programs", "eBPF programs are built in; clang is not needed")
            : Finding.missing("programs",
                features.feature("bpf-objects").map(KernelFeatures.Feature::detail).orElse(""), NO_BPF,
                "apt-get install clang llvm libbpf-dev, and build again");
    }

    private static Finding feature(final KernelFeatures features, final String name, final String key,
        final String means, final String remedy) {
        final KernelFeatures.Feature feature = features.feature(name).orElseThrow();
        return feature.available() ? Finding.ok(key, feature.detail())
            : Finding.missing(key, feature.detail(), means, remedy);
    }

    /** A small file's text; empty if this user may not read it, or there is none. */
    static String text(final Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).strip();
        } catch (final IOException e) {
            return "";
        }
    }
}
