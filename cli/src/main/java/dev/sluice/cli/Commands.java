// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import dev.sluice.cli.demo.DemoCommand;
import dev.sluice.cli.demo.SampleCommand;
import dev.sluice.cli.doctor.DoctorCommand;
import dev.sluice.cli.flight.SnapshotCommand;
import dev.sluice.cli.list.ListCommand;
import dev.sluice.cli.live.StatCommand;
import dev.sluice.cli.live.TopCommand;
import dev.sluice.cli.record.ControlCommand;
import dev.sluice.cli.record.RecordCommand;
import dev.sluice.cli.record.RunCommand;
import dev.sluice.cli.replay.ReplayCommand;
import dev.sluice.cli.trap.TrapCommand;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine;

/**
 * The commands by name, in the order of the help. Picocli reads a command's annotations by reflection when it is added,
 * and those of all of them take a quarter of what a short command costs: what the arguments name is added alone.
 */
final class Commands {
    private static final Map<String, Supplier<Object>> OF_THIS_MODULE = new LinkedHashMap<>();

    static {
        OF_THIS_MODULE.put("demo", DemoCommand::new);
        OF_THIS_MODULE.put("sample", SampleCommand::new);
        OF_THIS_MODULE.put("doctor", DoctorCommand::new);
        OF_THIS_MODULE.put("list", ListCommand::new);
        OF_THIS_MODULE.put("record", RecordCommand::new);
        OF_THIS_MODULE.put("run", RunCommand::new);
        OF_THIS_MODULE.put("control", ControlCommand::new);
        OF_THIS_MODULE.put("stat", StatCommand::new);
        OF_THIS_MODULE.put("top", TopCommand::new);
        OF_THIS_MODULE.put("report", ReportCommand::new);
        OF_THIS_MODULE.put("print", PrintCommand::new);
        OF_THIS_MODULE.put("snapshot", SnapshotCommand::new);
        OF_THIS_MODULE.put("tail", TailCommand::new);
        OF_THIS_MODULE.put("diff", DiffCommand::new);
        OF_THIS_MODULE.put("replay", ReplayCommand::new);
        OF_THIS_MODULE.put("export", ExportCommand::new);
        OF_THIS_MODULE.put("salvage", SalvageCommand::new);
        OF_THIS_MODULE.put("trap", TrapCommand::new);
        // No reference to its constructor, for which a JVM that makes an archive of classes would link this class: it
        // is of Java 5, and what is old and linked is left out.
        OF_THIS_MODULE.put("help", () -> new HelpCommand());
    }

    private Commands() {
    }

    /**
     * Adds the command that the first argument names, or else all, those of other modules as well; none where only the
     * version is asked for.
     */
    static void add(final CommandLine line, final String... arguments) {
        final String first = arguments.length == 0 ? "" : arguments[0];
        if (arguments.length == 1 && (first.equals("--version") || first.equals("-V"))) {
            return;
        }
        final Supplier<Object> named = first.equals("help") ? null : OF_THIS_MODULE.get(first);
        if (named != null) {
            line.addSubcommand(first, named.get());
            return;
        }
        OF_THIS_MODULE.forEach((name, command) -> line.addSubcommand(name, command.get()));
        ServiceLoader.load(CommandExtension.class).forEach(more -> line.addSubcommand(more.command()));
    }
}
