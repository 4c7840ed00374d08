// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.doctor;

import dev.sluice.bpf.KernelFeatures;
import dev.sluice.cli.output.ExitStatus;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What works here, what is missing, and what to do about it. */
@Command(name = "doctor", description = "What works on this machine for this user, what is missing, and what to do"
    + " about it. It tries things out, on itself alone, and changes nothing.",
    footer = {"", "Exit status: 0 if nothing is missing, 3 if something is. What is limited works, with less than there"
        + " could be."}, mixinStandardHelpOptions = true)
public final class DoctorCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "print one JSON object: docs/doctor.md has its keys")
    private boolean isJson;

    @Option(names = "--clean", description = "remove what this user's killed programs and commands have left: files"
        + " with probes, and directories of queries, sums and flight recorders; region files stay, for"
        + " 'sluice salvage'")
    private boolean isClean;

    @Override
    public Integer call() {
        final DoctorPage page = new DoctorPage(findings(isClean));
        final PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            out.println(page.toJson());
        } else {
            out.print(page.toText());
        }
        out.flush();
        return page.worst() == Finding.State.MISSING ? ExitStatus.INCOMPLETE : ExitStatus.OK;
    }

    private static List<Finding> findings(final boolean isClean) {
        final List<Finding> findings = new ArrayList<>();
        // First, because trying a probe out may sweep the same directory.
        final Finding leftovers = FileChecks.leftovers(isClean);
        final KernelFeatures features = KernelFeatures.probeBest();
        findings.addAll(ModeChecks.of(features));
        findings.addAll(KernelChecks.of(features));
        findings.addAll(RightsChecks.all());
        findings.add(ClockCheck.look());
        findings.addAll(FileChecks.directories());
        findings.add(leftovers);
        findings.add(FileChecks.scratch(isClean));
        findings.addAll(ContainerChecks.all());
        return List.copyOf(findings);
    }
}
