// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.cli.flight.RecorderOf;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.target.ProcessName;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.PrintedText;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Has a recording that runs record other events from now on. */
@Command(name = "control", description = "Has a recording that runs record other events from now on, in place of those"
    + " that it was started with.", mixinStandardHelpOptions = true)
public final class ControlCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", arity = "0..1", description = "directory of the recording, or instead -p")
    private Path directory;

    @Option(names = {"-p", "--pid"}, paramLabel = ProcessName.LABEL, converter = ProcessName.Converter.class,
        description = "the recording of this " + ProcessName.DESCRIPTION + ", in place of DIR; all processes of that"
        + " recording get the new selection")
    private ProcessName process;

    @Mixin
    private ChoiceOptions choices;

    @Option(names = "--json", description = "print one JSON object")
    private boolean isJson;

    @Override
    public Integer call() {
        if ((directory == null) == (process == null)) {
            throw new ParameterException(spec.commandLine(), "give the directory of a recording, or a process by -p");
        }
        if (choices.isDefault()) {
            throw new ParameterException(spec.commandLine(), "say which events are to be recorded from now on: -e"
                + " 'orders:placed[price > 100]', or -e '*' for all");
        }
        final List<String> wanted = choices.choices(List.of());
        if (wanted.stream().anyMatch(choice -> choice.lines().count() > 1)) {
            throw new ParameterException(spec.commandLine(), "a condition has a line break: write it as \\n inside"
                + " quotes, or as a space");
        }
        final Path trace = directory != null ? directory : RecorderOf.process(process.pid());
        final int count = Reselection.ask(trace, wanted);
        if (count == 0) {
            Notices.print(spec.qualifiedName(" ") + ": " + Reselection.NOTHING);
        }
        final PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            final StringBuilder path = new StringBuilder();
            PrintedText.quote(path, trace.toString());
            out.println("{\"trace\":" + path + ",\"tracepoints\":" + count + "}");
        } else {
            out.println(PrintedText.safe(trace + ": from now on " + Counted.of(count, "tracepoint") + ": "
                + String.join(" ", wanted)));
        }
        out.flush();
        return ExitStatus.OK;
    }
}
