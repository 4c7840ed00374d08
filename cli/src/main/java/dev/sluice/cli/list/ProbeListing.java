// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.list;

import dev.sluice.cli.output.Json;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.Glob;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.TextTable;
import dev.sluice.usdt.find.ElfNotes;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Probes as {@code sluice list} shows them: a probe with several sites is one row. Little is kept for each row, and the
 * number of rows is bounded, because the heap is small. For one thread.
 */
final class ProbeListing {
    private static final int MAX_SITES = 50_000;
    private static final int MAX_PROBLEMS = 20;

    private final Glob pattern;
    private final boolean isOwnOnly;
    private final Map<Key, Row> rows = new LinkedHashMap<>();
    private final Map<Long, List<ProbeFields.ClockChoice>> clocks = new LinkedHashMap<>();
    private final Map<Long, List<DistinctError>> errors = new LinkedHashMap<>();
    private final List<TracedProcess> processes = new ArrayList<>();
    private final Map<Long, String> names = new HashMap<>();
    private final Set<String> problems = new LinkedHashSet<>();
    private int sites;
    private long left;
    private long untold;
    /** Probes that Sluice did not make, and that are not shown for that. */
    private long hidden;

    /** What the sites of one probe have in common; the pid is 0 for a file. */
    private record Key(long pid, String path, String provider, String name, List<FieldSchema> fields) {
    }

    /** A probe of one process and object, or of a file. */
    private static final class Row {
        private final Key key;
        private final UsdtProbe first;
        /** The clock of the probe's events; null if Sluice did not make the probe. */
        private final ProbeFields.ClockChoice clock;
        private List<UsdtProbe> further = List.of();

        Row(final Key key, final UsdtProbe first, final ProbeFields.ClockChoice clock) {
            this.key = key;
            this.first = first;
            this.clock = clock;
        }

        void addSite(final UsdtProbe probe) {
            if (further.isEmpty()) {
                further = new ArrayList<>(1);
            }
            further.add(probe);
        }

        private List<UsdtProbe> sites() {
            final List<UsdtProbe> all = new ArrayList<>(further);
            all.add(0, first);
            return all;
        }

        private static String typeOf(final FieldSchema field) {
            return field.type().name().toLowerCase(Locale.ROOT);
        }

        Map<String, Object> toJson(final String process) {
            final Map<String, Object> json = new LinkedHashMap<>();
            if (key.pid != 0) {
                json.put("pid", key.pid);
            }
            if (process != null) {
                json.put("process", process);
            }
            json.put("provider", key.provider);
            json.put("name", key.name);
            json.put("arguments", first.arguments());
            json.put("fields", key.fields.stream().map(Row::toJson).toList());
            json.put("sites", sites().stream().map(Row::toJson).toList());
            json.put("has_semaphore", first.semaphoreOffset() != 0);
            if (key.pid != 0) {
                json.put("semaphore", first.semaphore());
            }
            json.put("backing", first.backing());
            json.put("path", first.path());
            if (clock != null) {
                json.put("clock", Map.of("kind", clock.kind(), "why", clock.why()));
            }
            return json;
        }

        private static Map<String, Object> toJson(final FieldSchema field) {
            final Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", field.name());
            json.put("type", typeOf(field));
            if (!field.unit().isEmpty()) {
                json.put("unit", field.unit());
            }
            if (!field.description().isEmpty()) {
                json.put("description", field.description());
            }
            return json;
        }

        private static Map<String, Object> toJson(final UsdtProbe probe) {
            final Map<String, Object> site = new LinkedHashMap<>();
            if (probe.siteAddress() != 0) {
                site.put("address", "0x" + Long.toHexString(probe.siteAddress()));
            }
            site.put("offset", "0x" + Long.toHexString(probe.siteOffset()));
            site.put("arguments", probe.arguments());
            return site;
        }

        Object[] toCells() {
            final boolean isKnown = key.pid != 0 && first.semaphore() >= 0;
            return new Object[] {key.provider + ":" + key.name, key.pid == 0 ? "-" : key.pid,
                first.semaphoreOffset() == 0 ? "-" : isKnown ? first.semaphore() : "?", 1 + further.size(),
                first.backing(), arguments()};
        }

        /** The arguments of the first site; at further sites they are in other registers and places of memory. */
        private String arguments() {
            return !key.fields.isEmpty()
                ? key.fields.stream().map(f -> typeOf(f) + " " + f.name()
                    + (f.unit().isEmpty() ? "" : " (" + f.unit() + ")")).collect(Collectors.joining(", "))
                : sites().stream().map(UsdtProbe::arguments).distinct().collect(Collectors.joining(" | "));
        }
    }

    /**
     * An empty listing for probes that a pattern selects.
     *
     * @param isOwnOnly whether probes of processes that Sluice did not make are left out
     */
    ProbeListing(final Glob pattern, final boolean isOwnOnly) {
        this.pattern = pattern;
        this.isOwnOnly = isOwnOnly;
    }

    /** Adds the probes of a process, and what is known about them. */
    void addProcess(final long pid, final ProcessProbes.Found found, final ProbeFields fields) {
        final Set<Key> others = new HashSet<>();
        for (final UsdtProbe probe : found.probes()) {
            if (!isOwnOnly || fields.isOwn(probe)) {
                add(pid, probe, fields.of(probe), fields.clock(probe));
            } else if (pattern.matches(probe.provider(), probe.name())) {
                others.add(new Key(pid, probe.path(), probe.provider(), probe.name(), List.of()));
            }
        }
        hidden += others.size();
        addHead(pid, found, fields);
        if (!fields.clocks().isEmpty()) {
            clocks.put(pid, fields.clocks());
        }
        if (!fields.errors().isEmpty()) {
            errors.put(pid, fields.errors());
        }
        found.problems().forEach(problem -> addProblem("process " + pid + ": " + problem));
    }

    /** Looks at a process that uses Sluice; with a pattern, at one of which probes are shown. */
    private void addHead(final long pid, final ProcessProbes.Found found, final ProbeFields fields) {
        final boolean isShown = rows.keySet().stream().anyMatch(key -> key.pid == pid);
        if (isShown) {
            names.put(pid, TracedProcess.name(pid));
        }
        final List<UsdtProbe> own = found.probes().stream().filter(fields::isOwn).toList();
        if ((isShown || isOwnOnly) && !(own.isEmpty() && fields.clocks().isEmpty())) {
            processes.add(new TracedProcess(pid, own.stream().anyMatch(probe -> probe.semaphore() > 0)));
        }
    }

    /** Measures what is recorded: waits a moment if anything is. */
    void measure() {
        if (processes.stream().anyMatch(TracedProcess::isRecorded)) {
            final long untilNs = System.nanoTime() + TracedProcess.BETWEEN_NS;
            for (long left = TracedProcess.BETWEEN_NS; left > 0; left = untilNs - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
        processes.stream().filter(TracedProcess::isRecorded).forEach(TracedProcess::lookAgain);
        processes.forEach(TracedProcess::close);
    }

    /** Adds the probes of a file, whether or not a process has mapped it. */
    void addFile(final String path, final ElfNotes.Contents contents) {
        for (final ElfNotes.Note note : contents.notes()) {
            add(0, new UsdtProbe(note.provider(), note.name(), note.arguments(), path, null, note.siteOffset(), 0,
                note.semaphoreOffset(), 0, 0, "file"), List.of(), null);
        }
        contents.problems().forEach(problem -> addProblem(path + ": " + problem));
    }

    private void add(final long pid, final UsdtProbe probe, final List<FieldSchema> fields,
        final ProbeFields.ClockChoice clock) {
        if (!pattern.matches(probe.provider(), probe.name())) {
            return;
        }
        if (sites == MAX_SITES) {
            left++;
            return;
        }
        sites++;
        final Key key = new Key(pid, probe.path(), probe.provider(), probe.name(), fields);
        final Row row = rows.get(key);
        if (row == null) {
            rows.put(key, new Row(key, probe, clock));
        } else {
            row.addSite(probe);
        }
    }

    private void addProblem(final String problem) {
        if (problems.size() < MAX_PROBLEMS) {
            problems.add(problem);
        } else {
            untold++;
        }
    }

    /** What is missing and why, one line each. */
    List<String> problems() {
        final List<String> lines = new ArrayList<>(problems);
        if (untold > 0) {
            lines.add("and " + untold + " more of such");
        }
        if (left > 0) {
            lines.add("only the first " + MAX_SITES + " sites are shown, " + left
                + " are left out: name a process or a pattern");
        }
        return lines;
    }

    /** Prints all probes as one JSON array. */
    void printJson(final PrintWriter out) {
        String before = "[";
        final Map<Long, Map<String, Object>> traced = new HashMap<>();
        processes.forEach(process -> traced.put(process.pid(), process.toJson()));
        for (final Row row : rows.values()) {
            final Map<String, Object> json = row.toJson(names.get(row.key.pid));
            json.putAll(traced.getOrDefault(row.key.pid, Map.of()));
            out.print(before);
            out.print(Json.write(json));
            before = ",";
        }
        for (final Map.Entry<Long, List<DistinctError>> ofOne : errors.entrySet()) {
            final Map<String, Object> one = new LinkedHashMap<>();
            one.put("pid", ofOne.getKey());
            one.put("errors", ofOne.getValue().stream().map(error -> Map.of("count", error.count(),
                "first", time(error.firstMs()), "last", time(error.lastMs()), "text", error.text())).toList());
            out.print(before);
            out.print(Json.write(one));
            before = ",";
        }
        out.println(before.equals("[") ? "[]" : "]");
    }

    private static String time(final long ms) {
        return Instant.ofEpochMilli(ms).toString();
    }

    private void printClocks(final PrintWriter out) {
        if (!clocks.isEmpty()) {
            out.println();
        }
        clocks.forEach((pid, ofOne) -> {
            for (final ProbeFields.ClockChoice clock : ofOne) {
                final StringBuilder line = new StringBuilder("clock of process ").append(pid).append(": ")
                    .append(clock.kind()).append(clock.why().isEmpty() ? "" : ": ");
                PrintedText.escape(line, clock.why());
                out.println(line);
            }
        });
    }

    /** Prints all as a table, and in the last line how many probes are not in it. */
    void printText(final PrintWriter out) {
        processes.forEach(process -> out.println(process.toText()));
        if (rows.isEmpty()) {
            out.println(hidden > 0 ? "no probes of Sluice" : "no probes");
        } else {
            printTable(out);
        }
        if (hidden > 0) {
            out.println(hidden + (hidden == 1 ? " probe" : " probes") + " of the JVM and of libraries "
                + (hidden == 1 ? "is" : "are") + " not shown: --jvm shows " + (hidden == 1 ? "it" : "them"));
        }
    }

    private void printTable(final PrintWriter out) {
        final TextTable table =
            TextTable.ofAnything().row("probe", "pid", "semaphore", "sites", "backing", "arguments");
        rows.values().forEach(row -> table.row(row::toCells));
        table.print(out);
        printClocks(out);
        errors.forEach((pid, ofOne) -> {
            out.println();
            out.println("errors inside the tracer of process " + pid);
            for (final DistinctError error : ofOne) {
                final StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %,d from %s to %s: ",
                    error.count(), time(error.firstMs()), time(error.lastMs())));
                PrintedText.escape(line, error.headline());
                out.println(line);
            }
        });
    }
}
