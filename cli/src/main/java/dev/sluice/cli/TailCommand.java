// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Output;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.cli.select.SelectionOptions;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.follow.TraceTail;
import dev.sluice.store.query.Selection;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.report.TraceDamageText;
import dev.sluice.store.report.TracePrinter;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.PrintedText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the events of a trace that is being recorded, as they come. */
@Command(name = "tail", description = "Prints the events of a trace while it is recorded, one a line and in time order,"
    + " from the first one until the recorder ends.",
    footer = {"", "Exit status: 0 done, also by Ctrl-C; 3 if events are missing or the recorder did not end the"
        + " trace."}, mixinStandardHelpOptions = true)
final class TailCommand implements Callable<Integer> {
    private static final long POLL_MS = 50;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "directory of a trace")
    private Path directory;

    @Option(names = "--json", description = "print one JSON object a line")
    private boolean isJson;

    @Option(names = "--hold", paramLabel = "DURATION", defaultValue = "1s",
        converter = QuestionOptions.AroundText.class, description = "an event waits so long for earlier ones of other"
            + " threads (default: ${DEFAULT-VALUE})")
    private long holdNs;

    @Option(names = "--patience", paramLabel = "DURATION", defaultValue = "10s",
        converter = QuestionOptions.AroundText.class, description = "end if the recorder writes nothing for so long"
            + " (default: ${DEFAULT-VALUE})")
    private long patienceNs;

    @Mixin
    private SelectionOptions options;

    @Override
    public Integer call() throws InterruptedException {
        final Selection selection = options.selection();
        final TraceTail tail = TraceTail.open(directory, selection, holdNs, System.nanoTime());
        final Output out = Output.of(spec);
        final TracePrinter printer = new TracePrinter(out.bytes(), isJson);
        StopSignals.install();
        warn(tail, selection);
        try {
            final boolean isSilent = follow(tail, printer, out);
            if (!StopSignals.isStopped()) {
                tail.finish(printer::printNext);
                printer.printEnd(tail.reader(), tail.missingAtEnd(), selection.isPartial(), tail.lastWallNs());
                printer.flush();
                if (tail.count() == 0) {
                    // Names that no event has are wrong usage, which can be known at the end alone.
                    check(tail, selection);
                }
            }
            return status(tail, printer, isSilent);
        } catch (final IOException e) {
            // The output reports a write failure at the end, if the user should know of it.
            return ExitStatus.OK;
        }
    }

    /** Says what may be a mistake; but it may be declared later as well. */
    private void warn(final TraceTail tail, final Selection selection) {
        try {
            check(tail, selection);
        } catch (final SelectionException e) {
            final PrintWriter err = spec.commandLine().getErr();
            err.println("sluice tail: " + PrintedText.safe(e.getMessage()) + "; waiting for it");
            err.flush();
        }
    }

    /** Names that nothing of the trace has fail here. */
    private static void check(final TraceTail tail, final Selection selection) {
        final TraceEvents events = tail.reader().events().select(selection);
        new EventKinds(events).all();
        events.requireProcesses();
    }

    /** Prints until there is nothing more to come. Returns true if the recorder did not end the trace. */
    private boolean follow(final TraceTail tail, final TracePrinter printer, final Output out)
        throws IOException, InterruptedException {
        while (!StopSignals.isStopped() && !out.isAbandoned() && !tail.isPast()) {
            final long nowNs = System.nanoTime();
            tail.poll(nowNs, printer::printNext);
            printer.flush();
            if (tail.isEnded(nowNs)) {
                return false;
            }
            if (tail.silenceNs(nowNs) > patienceNs) {
                return true;
            }
            Thread.sleep(POLL_MS);
        }
        return false;
    }

    private int status(final TraceTail tail, final TracePrinter printer, final boolean isSilent) {
        final PrintWriter err = spec.commandLine().getErr();
        TraceDamageText.lines(tail.reader()).forEach(line -> err.println("sluice tail: " + line));
        if (tail.late() > 0) {
            err.println("sluice tail: " + Counted.was(tail.late(), "event") + " printed after later ones, as the batch"
                + " came later than --hold; print has all in order");
        }
        if (isSilent) {
            err.println("sluice tail: the recorder wrote nothing for " + TimeUnit.NANOSECONDS.toMillis(patienceNs)
                + " ms (--patience): it was killed or is stopped; what it wrote was printed");
        }
        err.flush();
        return isSilent || printer.missing() > 0 || tail.reader().damageCount() > 0 ? ExitStatus.INCOMPLETE
            : ExitStatus.OK;
    }
}
