// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.bench.measure.BuildHash;
import dev.sluice.bench.measure.HardwareCounters;
import dev.sluice.bench.measure.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where figures come from: what a reader of results must know of the machine.
 *
 * @param facts       by their names
 * @param mitigations of the processor's flaws, as the kernel tells them
 */
public record Environment(Map<String, String> facts, Map<String, String> mitigations) {
    /** Name of the fact that says whether the processor's own counters could be read. */
    static final String COUNTERS = "hardware_counters";
    /** Name of the mitigations in a file of results. */
    static final String MITIGATIONS = "mitigations";
    private static final String UNKNOWN = "unknown";
    private static final List<String> PASSING = List.of("load", "command");
    private static final Path FLAWS = Path.of("/sys/devices/system/cpu/vulnerabilities");
    private static final int TOOL_S = 10;

    /**
     * This machine now.
     *
     * @param root    of the checkout
     * @param clock   of the events
     * @param command that measures
     */
    public static Environment now(final Path root, final String clock, final String command) {
        final Map<String, String> facts = new LinkedHashMap<>();
        facts.put("kernel", read(Path.of("/proc/sys/kernel/osrelease")) + " " + read(Path.of(
            "/proc/sys/kernel/version")));
        facts.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
        facts.put("processor", processor());
        facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        facts.put("clock_source", read(Path.of("/sys/devices/system/clocksource/clocksource0/current_clocksource")));
        facts.put("clock", clock);
        facts.put("virtualisation", virtualisation());
        facts.put(COUNTERS, HardwareCounters.missing().isEmpty() ? "read by perf_event_open"
            : "missing: " + HardwareCounters.missing());
        facts.put("load", read(Path.of("/proc/loadavg")));
        facts.put("commit", commit(root));
        facts.put("command", command);
        return new Environment(facts, knownMitigations());
    }

    /** Adds it to a file of results. */
    public void writeTo(final ObjectNode root) {
        final ObjectNode machine = root.putObject("environment");
        facts.forEach(machine::put);
        mitigations.forEach(machine.putObject(MITIGATIONS)::put);
    }

    /** What two parts of one run must have in common. */
    Map<String, String> lasting() {
        final Map<String, String> lasting = new LinkedHashMap<>(facts);
        PASSING.forEach(lasting::remove);
        return lasting;
    }

    /** One line for people. */
    String text() {
        return facts.get("processor") + ", " + facts.get("processors") + " processors (" + facts.get("virtualisation")
            + "), Linux " + facts.get("kernel").split(" ")[0] + ", Java " + facts.get("java") + ", clock "
            + facts.get("clock") + ", load " + facts.get("load").split(" ")[0] + ", commit " + facts.get("commit");
    }

    /** Whether more threads wanted the processors than there are of them, before anything was measured. */
    boolean isBusy() {
        try {
            return Double.parseDouble(facts.get("load").split(" ")[0]) > Integer.parseInt(facts.get("processors"));
        } catch (final NumberFormatException e) {
            return false;
        }
    }

    private static String processor() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name")).findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse(System.getProperty("os.arch"));
        } catch (final IOException e) {
            return UNKNOWN;
        }
    }

    /** What the firmware calls the machine, and whether the processor knows of a host above it. */
    private static String virtualisation() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            final boolean isGuest = lines.anyMatch(line -> line.startsWith("flags") && line.contains(" hypervisor"));
            final String vendor = read(Path.of("/sys/class/dmi/id/sys_vendor"));
            return (isGuest ? "virtual machine" : "no virtual machine")
                + (vendor.equals(UNKNOWN) ? "" : ", " + vendor);
        } catch (final IOException e) {
            return UNKNOWN;
        }
    }

    private static Map<String, String> knownMitigations() {
        final Map<String, String> mitigations = new TreeMap<>();
        if (Files.isDirectory(FLAWS)) {
            try (Stream<Path> files = Files.list(FLAWS)) {
                files.forEach(file -> mitigations.put(file.getFileName().toString(), read(file)));
            } catch (final IOException e) {
                mitigations.put(UNKNOWN, e.toString());
            }
        }
        return mitigations;
    }

    private static String commit(final Path root) {
        if (!Tool.isInstalled("git")) {
            return UNKNOWN;
        }
        try {
            final String git = root.toString();
            final String hash = Tool.run(TOOL_S, List.of("git", "-C", git, "rev-parse", "HEAD"));
            final boolean isClean = Tool.run(TOOL_S, List.of("git", "-C", git, "status", "--porcelain",
                "--untracked-files=no")).isEmpty();
            return isClean ? hash : hash + " and changes, build " + BuildHash.ofThis();
        } catch (final IOException | IllegalStateException e) {
            return UNKNOWN;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNKNOWN;
        }
    }

    private static String read(final Path file) {
        try {
            return Files.readString(file).strip();
        } catch (final IOException e) {
            return UNKNOWN;
        }
    }
}
