// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** Runs a sample program in a JVM of its own, whose class path contains only what a traced program needs. */
@Command(name = "sample", description = "Runs a sample program by itself; it prints \"pid N\" first.",
    mixinStandardHelpOptions = true)
public final class SampleCommand implements Callable<Integer> {
    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME",
        description = "jrt-scan, jrt-truth, hello, tick-tock, random or latency; --help after it says more")
    private String name;

    @Unmatched
    private List<String> rest = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
        final List<String> arguments = new ArrayList<>();
        if (name != null) {
            arguments.add(name);
        }
        arguments.addAll(rest);
        return new ProcessBuilder(SampleProcess.command(arguments)).inheritIO().start().waitFor();
    }
}
