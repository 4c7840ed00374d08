// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.Output;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.os.NativeException;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.text.FileText;
import dev.sluice.store.text.PrintedText;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code sluice} command. */
@Command(name = "sluice", mixinStandardHelpOptions = true, versionProvider = Main.Version.class,
    description = "Traces running JVMs: batches of events through rings, USDT and eBPF into a replayable trace.",
    footer = {"", "In a checkout the launcher adds: bench, package, test.", "",
        "Exit status: 0 done, 1 failed, 2 wrong usage, 3 finished with anything discarded, overwritten, lost or"
            + " unknown."})
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    /** What {@code --version} prints. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"sluice " + TraceInfo.VERSION};
        }
    }

    // Classes, as a lambda of an interface of Java 5 would keep that interface out of the archive of classes.

    /** What is done with wrong usage. */
    private static final class Refusal implements IParameterExceptionHandler {
        @Override
        public int handleParseException(final ParameterException wrong, final String[] arguments) {
            return refuse(wrong);
        }
    }

    /** What is done with a failure. */
    private static final class Report implements IExecutionExceptionHandler {
        private final Main main;

        Report(final Main main) {
            this.main = main;
        }

        @Override
        public int handleExecutionException(final Exception failure, final CommandLine command,
            final ParseResult result) {
            return main.report(failure, command);
        }
    }

    /** What is done with a failure of a thread that does something beside the command's own. */
    static final class ThreadReport implements Thread.UncaughtExceptionHandler {
        @Override
        public void uncaughtException(final Thread thread, final Throwable failure) {
            Notices.print("sluice: in thread '" + thread.getName() + "': " + said(failure));
            if (Boolean.getBoolean(DEBUG)) {
                System.err.print(Notices.stackTrace(failure));
            }
        }
    }

    private static final String DEBUG = "sluice.debug";

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "print stack traces of failures")
    private boolean isVerbose;

    /** Runs the command and exits with its status. */
    public static void main(final String[] arguments) {
        // The JVM's own streams are not used: they hide write failures, and can print only characters of the locale.
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        Thread.setDefaultUncaughtExceptionHandler(new ThreadReport());
        System.exit(run(new FileOutputStream(FileDescriptor.out), arguments));
    }

    /** Runs the command; returns the command's exit status. */
    public static int run(final String... arguments) {
        return run(System.out, arguments);
    }

    /** Runs the command as {@link #run(String...)} does, with another standard output. */
    static int run(final OutputStream stream, final String... arguments) {
        // The output is English, and programs read its numbers too, so it must not depend on the user's locale.
        Locale.setDefault(Locale.ROOT);
        final Main main = new Main();
        final CommandLine line = new CommandLine(main);
        Commands.add(line, arguments);
        final Output out = Output.to(stream);
        line.setOut(out);
        line.setErr(new PrintWriter(System.err, true));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        // An argument that begins with @ is an ordinary argument, and not the name of a file with further arguments.
        line.setExpandAtFiles(false);
        line.setExecutionStrategy(new CommandLine.RunLast());
        line.setParameterExceptionHandler(new Refusal());
        line.setExecutionExceptionHandler(new Report(main));
        try {
            final int status = line.execute(arguments);
            out.finish();
            return status;
        } catch (final CommandException | VirtualMachineError | LinkageError e) {
            // Of what commands throw, errors come here: picocli handles exceptions only.
            return main.report(e, invoked(line));
        }
    }

    /** The command that the arguments name. */
    private static CommandLine invoked(final CommandLine line) {
        ParseResult result = line.getParseResult();
        while (result != null && result.hasSubcommand()) {
            result = result.subcommand();
        }
        return result == null ? line : result.commandSpec().commandLine();
    }

    /** A command line with every command. */
    public static CommandLine withAllCommands() {
        final CommandLine line = new CommandLine(new Main());
        Commands.add(line);
        return line;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }

    /** Reports wrong usage on one line. The help is long, and users can ask for it separately. */
    private static int refuse(final ParameterException wrong) {
        final String name = wrong.getCommandLine().getCommandSpec().qualifiedName(" ");
        final PrintWriter err = wrong.getCommandLine().getErr();
        err.println(PrintedText.safe(name + ": " + why(wrong)) + "; see '" + name + " --help'");
        err.flush();
        return ExitStatus.USAGE;
    }

    private static String why(final ParameterException wrong) {
        return wrong.getCommandLine().getParent() == null && wrong instanceof UnmatchedArgumentException unmatched
            && !unmatched.isUnknownOption() ? "there is no command '" + unmatched.getUnmatched().get(0) + "'"
            : wrong.getMessage();
    }

    private int report(final Throwable failure, final CommandLine command) {
        final PrintWriter err = command.getErr();
        if (failure instanceof SelectionException) {
            // The options are well-formed, but ask for something that the trace does not have.
            return refuse(new ParameterException(command, failure.getMessage()));
        }
        err.println(PrintedText.safe(command.getCommandSpec().qualifiedName(" ") + ": " + said(failure)));
        if (isVerbose || Boolean.getBoolean(DEBUG)) {
            err.print(Notices.stackTrace(failure));
        }
        err.flush();
        return ExitStatus.FAILED;
    }

    /** A failure in one sentence. */
    private static String said(final Throwable failure) {
        if (failure instanceof CommandException || failure instanceof AttachException
            || failure instanceof BpfException || failure instanceof NativeException
            || failure instanceof TraceStoreException) {
            return failure.getMessage();
        }
        if (failure instanceof IOException || failure instanceof UncheckedIOException
            || failure instanceof FileCallException) {
            return FileText.of(failure) + "; see that the disk, and the limits of this process (ulimit -a), allow it";
        }
        return failure instanceof OutOfMemoryError ? "there is not enough memory (" + failure.getMessage()
            + "): select less, or give it more by JDK_JAVA_OPTIONS=-Xmx4g" : "unexpected failure: " + failure + "; this"
            + " is a defect of sluice: run it again with --verbose and report what it prints";
    }
}
