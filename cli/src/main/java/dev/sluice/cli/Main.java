// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import dev.sluice.bpf.BpfException;
import dev.sluice.cli.demo.DemoCommand;
import dev.sluice.cli.demo.SampleCommand;
import dev.sluice.cli.list.ListCommand;
import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.Output;
import dev.sluice.cli.record.RecordCommand;
import dev.sluice.cli.trap.TrapCommand;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.os.NativeException;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.text.PrintedText;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine;

/** The {@code sluice} command. */
@Command(name = "sluice", mixinStandardHelpOptions = true, version = "sluice 0.1.0",
    description = "Traces running JVMs: batches of events through rings, USDT and eBPF into a replayable trace.",
    subcommands = {DemoCommand.class, SampleCommand.class, ListCommand.class, RecordCommand.class, ReportCommand.class,
        PrintCommand.class, ExportCommand.class, SalvageCommand.class, TrapCommand.class, HelpCommand.class},
    footer = {"", "The launcher adds: bench, test.", "",
        "Exit status: 0 done, 1 failed, 2 wrong usage, 3 finished with anything discarded, overwritten, lost or"
            + " unknown."})
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "print stack traces of failures")
    private boolean isVerbose;

    /** Runs the command and exits with its status. */
    public static void main(final String[] arguments) {
        // Not the JVM's own: they hide what cannot be written, and spell in the locale's letters only.
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        System.exit(run(new FileOutputStream(FileDescriptor.out), arguments));
    }

    /** Runs the command; returns its exit status. */
    public static int run(final String... arguments) {
        return run(System.out, arguments);
    }

    /** As {@link #run(String...)}, with another standard output. */
    static int run(final OutputStream stream, final String... arguments) {
        // What is printed is English, and its numbers are for programs too, wherever the user lives.
        Locale.setDefault(Locale.ROOT);
        final Main main = new Main();
        final CommandLine line = new CommandLine(main);
        final Output out = Output.to(stream);
        line.setOut(out);
        line.setErr(new PrintWriter(System.err, true));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        // An argument that begins with @ is not the name of a file with more of them.
        line.setExpandAtFiles(false);
        line.setExecutionStrategy(new CommandLine.RunLast());
        line.setParameterExceptionHandler((wrong, ignored) -> refuse(wrong));
        line.setExecutionExceptionHandler((failure, command, result) -> main.report(failure, command));
        final int status = line.execute(arguments);
        try {
            out.finish();
            return status;
        } catch (final CommandException e) {
            return main.report(e, invoked(line));
        }
    }

    /** The command that was asked for. */
    private static CommandLine invoked(final CommandLine line) {
        CommandLine.ParseResult result = line.getParseResult();
        while (result != null && result.hasSubcommand()) {
            result = result.subcommand();
        }
        return result == null ? line : result.commandSpec().commandLine();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }

    /** Wrong usage is one line: the help is long, and asked for by itself. */
    private static int refuse(final ParameterException wrong) {
        final String name = wrong.getCommandLine().getCommandSpec().qualifiedName(" ");
        final PrintWriter err = wrong.getCommandLine().getErr();
        err.println(PrintedText.safe(name + ": " + wrong.getMessage()) + "; see '" + name + " --help'");
        err.flush();
        return ExitStatus.USAGE;
    }

    private int report(final Exception failure, final CommandLine command) {
        final PrintWriter err = command.getErr();
        final boolean isExpected = failure instanceof CommandException || failure instanceof AttachException
            || failure instanceof BpfException || failure instanceof NativeException
            || failure instanceof TraceStoreException;
        final String name = command.getCommandSpec().qualifiedName(" ");
        err.println(PrintedText.safe(name + ": " + (isExpected ? failure.getMessage()
            : "unexpected failure: " + failure + "; this is a defect of sluice: run it again with --verbose and"
            + " report what it prints")));
        if (isVerbose || Boolean.getBoolean("sluice.debug")) {
            err.print(Notices.stackTrace(failure));
        }
        err.flush();
        return ExitStatus.FAILED;
    }
}
