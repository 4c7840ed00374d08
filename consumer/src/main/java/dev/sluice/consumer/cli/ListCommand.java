// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.cli;

import dev.sluice.consumer.AttachException;
import dev.sluice.consumer.EventPattern;
import dev.sluice.consumer.Target;
import dev.sluice.consumer.TargetFinder;
import dev.sluice.ring.EventSchema;
import dev.sluice.ring.FieldSchema;
import dev.sluice.usdt.NativeException;
import dev.sluice.usdt.ProcessProbes;
import dev.sluice.usdt.UsdtProbe;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Providers and probes of running processes. */
@Command(name = "list", description = "Lists providers and probes of processes that use Sluice, or of any.",
    mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @ArgGroup(exclusive = true)
    private Selection selection = new Selection();

    @Parameters(arity = "0..1", paramLabel = "PATTERN", defaultValue = "*:*",
        description = "'provider:probe' with * and ? (default: all)")
    private String pattern;

    @Option(names = "--json", description = "print one JSON array")
    private boolean isJson;

    /** Whose probes. */
    private static final class Selection {
        @Option(names = {"-p", "--pid"}, paramLabel = "PID",
            description = "this process (default: all that use Sluice)")
        private Long pid;

        @Option(names = "--all", description = "every process that has probes at all")
        private boolean isAll;
    }

    @Override
    public Integer call() {
        final List<Map<String, Object>> probes = new ArrayList<>();
        final ProcessProbes finder = new ProcessProbes();
        if (selection.pid != null) {
            add(probes, finder, selection.pid);
        } else {
            for (final long pid : processes()) {
                try {
                    add(probes, finder, pid);
                } catch (final NativeException e) {
                    // It ended meanwhile, or is not ours to look at: a list of all is of those that can be seen.
                    continue;
                }
            }
        }
        final PrintWriter out = spec.commandLine().getOut();
        out.print(isJson ? Json.write(probes) + System.lineSeparator() : toText(probes));
        out.flush();
        return Main.OK;
    }

    private List<Long> processes() {
        return selection.isAll
            ? ProcessHandle.allProcesses().map(ProcessHandle::pid).sorted().toList() : TargetFinder.processes();
    }

    private void add(final List<Map<String, Object>> probes, final ProcessProbes finder, final long pid) {
        final EventPattern selected = new EventPattern(pattern);
        final List<UsdtProbe> found = finder.find(pid);
        final Map<String, List<Object>> fields = fields(pid);
        for (final UsdtProbe probe : found) {
            if (!selected.matches(probe.provider(), probe.name())) {
                continue;
            }
            final Map<String, Object> json = new LinkedHashMap<>();
            json.put("pid", pid);
            json.put("provider", probe.provider());
            json.put("name", probe.name());
            json.put("arguments", probe.arguments());
            json.put("fields", fields.getOrDefault(probe.provider() + ':' + probe.name(), List.of()));
            json.put("site", "0x" + Long.toHexString(probe.siteAddress()));
            json.put("semaphore", probe.semaphore());
            json.put("backing", probe.backing());
            json.put("path", probe.path());
            probes.add(json);
        }
    }

    /** Names and types of the fields, where the process is a target that may be looked into. */
    private static Map<String, List<Object>> fields(final long pid) {
        final Map<String, List<Object>> fields = new HashMap<>();
        final List<Target> targets;
        try {
            targets = TargetFinder.open(pid);
        } catch (final AttachException e) {
            // Probes without Sluice, or a target of another version: the probes themselves are still worth showing.
            return fields;
        }
        try {
            for (final Target target : targets) {
                for (final EventSchema schema : target.region().schemas()) {
                    final List<Object> list = new ArrayList<>();
                    for (final FieldSchema field : schema.fields()) {
                        final Map<String, Object> json = new LinkedHashMap<>();
                        json.put("name", field.name());
                        json.put("type", field.type().name().toLowerCase(Locale.ROOT));
                        list.add(json);
                    }
                    fields.put(schema.name(), list);
                }
            }
        } finally {
            targets.forEach(Target::close);
        }
        return fields;
    }

    private static String toText(final List<Map<String, Object>> probes) {
        final Table table = new Table().row("probe", "pid", "semaphore", "site", "backing", "arguments");
        for (final Map<String, Object> probe : probes) {
            final StringBuilder arguments = new StringBuilder();
            if (probe.get("fields") instanceof List<?> fields && !fields.isEmpty()) {
                for (final Object field : fields) {
                    if (field instanceof Map<?, ?> map) {
                        arguments.append(arguments.isEmpty() ? "" : ", ").append(map.get("type")).append(' ')
                            .append(map.get("name"));
                    }
                }
            } else {
                arguments.append(probe.get("arguments"));
            }
            final Object semaphore = probe.get("semaphore");
            table.row(probe.get("provider") + ":" + probe.get("name"), probe.get("pid"),
                semaphore.equals(-1) ? "?" : semaphore, probe.get("site"), probe.get("backing"), arguments);
        }
        return probes.isEmpty() ? "no probes" + System.lineSeparator() : table.toString();
    }
}
