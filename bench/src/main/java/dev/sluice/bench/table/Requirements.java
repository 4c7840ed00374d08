// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.measure.Tool;
import dev.sluice.bench.rivals.LttngJavaPath;
import dev.sluice.usdt.Tsc;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a way may need of the machine. Each method returns what is missing, with the remedy; empty if nothing is. */
final class Requirements {
    private Requirements() {
    }

    /** The first that is missing. */
    static String all(final String... missing) {
        for (final String reason : missing) {
            if (!reason.isEmpty()) {
                return reason;
            }
        }
        return "";
    }

    static String tsc() {
        return Tsc.isSound() ? "" : Tsc.reason();
    }

    static String bpf() {
        return !"root".equals(System.getProperty("user.name")) ? "needs root, for BPF"
            : Files.exists(Path.of("/sys/kernel/btf/vmlinux")) ? "" : "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF)";
    }

    /** Which processors' kernels turn a probe of several bytes into a call. */
    static String optimisedProbes() {
        return "amd64".equals(System.getProperty("os.arch")) ? "" : "only x86-64 has optimised probes";
    }

    static String compiler() {
        return command("gcc", "gcc");
    }

    static String command(final String name, final String debianPackage) {
        return Tool.isInstalled(name) ? "" : name + " is not installed: package " + debianPackage;
    }

    static String lttng() {
        return all(command("lttng", "lttng-tools"), command("babeltrace2", "babeltrace2"));
    }

    static String lttngC() {
        return all(lttng(), compiler(), Files.exists(Path.of("/usr/include/lttng/tracepoint.h"))
            || Files.exists(Path.of("/usr/include/" + System.getProperty("os.arch").replace("amd64", "x86_64")
                + "-linux-gnu/lttng/tracepoint.h")) ? "" : "LTTng-UST is not installed: package liblttng-ust-dev");
    }

    static String lttngJava() {
        return all(lttng(), LttngJavaPath.isInstalled() ? "" : "LTTng's agent for Java is not installed: packages"
            + " liblttng-ust-agent-java and liblttng-ust-agent-java-jni");
    }

    static String userEvents() {
        return Files.exists(Path.of("/sys/kernel/tracing/user_events_data"))
            ? "not built yet" : "this kernel has no user_events (CONFIG_USER_EVENTS), or tracefs is not mounted";
    }
}
