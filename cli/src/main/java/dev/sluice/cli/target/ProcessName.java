// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.target;

import dev.sluice.cli.output.CommandException;
import dev.sluice.consumer.attach.TargetProcess;
import dev.sluice.store.text.JavaProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A process as the command line names it: by its id, or as a Java program by the qualified or simple name of its main
 * class or the name of its jar file, exactly. Immutable: any thread.
 */
public final class ProcessName {
    /** The description of an option with such a value. */
    public static final String DESCRIPTION = "process: its id, or the name of its main class or jar file";
    /** What the value of such an option is called. */
    public static final String LABEL = "PID|NAME";

    private static final int MOST_TOLD = 20;

    private final String text;
    /** 0 if it is a name. */
    private final long pid;

    private ProcessName(final String text, final long pid) {
        this.text = text;
        this.pid = pid;
    }

    /** Reads a value of the command line. */
    public static final class Converter implements ITypeConverter<ProcessName> {
        @Override
        public ProcessName convert(final String value) {
            return of(value);
        }
    }

    /** What a text names. Whatever looks like a number is an id. */
    static ProcessName of(final String text) {
        if (!text.matches("[-+]?[0-9]+")) {
            if (text.isBlank()) {
                throw new TypeConversionException("'" + text + "' is neither a process id nor a name");
            }
            return new ProcessName(text, 0);
        }
        if (!text.matches("[0-9]{1,10}") || Long.parseLong(text) == 0 || Long.parseLong(text) > Integer.MAX_VALUE) {
            throw new TypeConversionException("'" + text + "' is no process id");
        }
        return new ProcessName(text, Long.parseLong(text));
    }

    /** A process as notices name it: "process 4711 (shop.Orders)"; without a name if it does not say what it runs. */
    public static String describe(final long pid) {
        return "process " + pid + JavaProgram.of(TargetProcess.argumentsOf(pid))
            .map(program -> " (" + program.names().get(0) + ')').orElse("");
    }

    /** Whether it is an id. */
    public boolean isPid() {
        return pid != 0;
    }

    /**
     * The id of the process.
     *
     * @throws CommandException if there is no such program, or several
     */
    public long pid() {
        return find().orElseThrow(() -> new CommandException("no Java program that runs is called '" + text
            + "': neither its main class nor its jar file; 'sluice list' shows those that use Sluice, and record and"
            + " trap can --wait for one"));
    }

    /**
     * The id of the process; an id is taken as it is. Empty if there is no such program yet.
     *
     * @throws CommandException if there are several
     */
    OptionalLong find() {
        if (pid != 0) {
            return OptionalLong.of(pid);
        }
        final long self = ProcessHandle.current().pid();
        final List<Long> pids = new ArrayList<>();
        final List<String> told = new ArrayList<>();
        for (final long other : ProcessHandle.allProcesses().mapToLong(ProcessHandle::pid).sorted().toArray()) {
            final Optional<JavaProgram> program = JavaProgram.of(TargetProcess.argumentsOf(other));
            if (other != self && program.isPresent() && program.get().isCalled(text)) {
                pids.add(other);
                if (told.size() < MOST_TOLD) {
                    told.add(other + " (" + program.get().names().get(0) + ')');
                }
            }
        }
        if (pids.size() > 1) {
            throw new CommandException(pids.size() + " programs are called '" + text + "': processes "
                + String.join(", ", told) + (pids.size() > told.size() ? " and more" : "") + "; give the id of one");
        }
        return pids.isEmpty() ? OptionalLong.empty() : OptionalLong.of(pids.get(0));
    }

    /** As it was given. */
    @Override
    public String toString() {
        return text;
    }
}
