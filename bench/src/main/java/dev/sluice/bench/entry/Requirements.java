// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import dev.sluice.bench.measure.Tool;
import dev.sluice.bench.rivals.LttngJavaPath;
import dev.sluice.usdt.Tsc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a way may need of the machine. Each method returns what is missing, with the remedy; empty if nothing is. */
public final class Requirements {
    private Requirements() {
    }

    /** The first that is missing. */
    public static String all(final String... missing) {
        for (final String reason : missing) {
            if (!reason.isEmpty()) {
                return reason;
            }
        }
        return "";
    }

    public static String tsc() {
        return Tsc.isSound() ? "" : Tsc.reason();
    }

    public static String bpf() {
        return !"root".equals(System.getProperty("user.name")) ? "needs root, for BPF"
            : Files.exists(Path.of("/sys/kernel/btf/vmlinux")) ? "" : "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF)";
    }

    /** Which processors' kernels turn a probe of several bytes into a call. */
    public static String optimisedProbes() {
        return "amd64".equals(System.getProperty("os.arch")) ? "" : "only x86-64 has optimised probes";
    }

    public static String compiler() {
        return command("gcc", "gcc");
    }

    public static String command(final String name, final String debianPackage) {
        return Tool.isInstalled(name) ? "" : name + " is not installed: package " + debianPackage;
    }

    public static String lttng() {
        return all(command("lttng", "lttng-tools"), command("babeltrace2", "babeltrace2"));
    }

    public static String lttngC() {
        return all(lttng(), compiler(), Files.exists(Path.of("/usr/include/lttng/tracepoint.h"))
            || Files.exists(Path.of("/usr/include/" + System.getProperty("os.arch").replace("amd64", "x86_64")
                + "-linux-gnu/lttng/tracepoint.h")) ? "" : "LTTng-UST is not installed: package liblttng-ust-dev");
    }

    public static String lttngJava() {
        return all(lttng(), LttngJavaPath.isInstalled() ? "" : "LTTng's agent for Java is not installed: packages"
            + " liblttng-ust-agent-java and liblttng-ust-agent-java-jni");
    }

    public static String userRingBuffer() {
        return all(command("clang", "clang"), kernelHas("bpf_user_ringbuf_drain") ? ""
            : "this kernel has no user ring buffer (Linux 6.1 and later)");
    }

    /** What an arena takes is newer than what this project builds its BPF programs with. */
    public static String arena() {
        return kernelHas("bpf_arena_alloc_pages")
            ? "not built: it takes clang 19 and libbpf 1.4, and Sluice is built with clang 14 and libbpf 1.1"
            : "this kernel has no BPF arena (Linux 6.9 and later)";
    }

    /** Whether the kernel's own description of its types and functions has a name. */
    private static boolean kernelHas(final String name) {
        try {
            return new String(Files.readAllBytes(Path.of("/sys/kernel/btf/vmlinux")), StandardCharsets.ISO_8859_1)
                .contains('\0' + name + '\0');
        } catch (final IOException e) {
            return false;
        }
    }

    public static String userEvents() {
        return Files.exists(Path.of("/sys/kernel/tracing/user_events_data"))
            ? "not built: no kernel that this project is tested on has it"
            : "this kernel has no user_events (CONFIG_USER_EVENTS), or tracefs is not mounted";
    }
}
