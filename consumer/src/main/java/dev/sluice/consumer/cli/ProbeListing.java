// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.cli;

import dev.sluice.consumer.EventPattern;
import dev.sluice.consumer.store.PrintedText;
import dev.sluice.ring.DistinctError;
import dev.sluice.ring.FieldSchema;
import dev.sluice.usdt.ElfNotes;
import dev.sluice.usdt.UsdtProbe;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Probes as {@code sluice list} shows them: a probe of several sites is one of them. For one thread. */
final class ProbeListing {
    private final EventPattern pattern;
    private final Map<List<Object>, Row> rows = new LinkedHashMap<>();
    private final Map<Long, List<DistinctError>> errors = new LinkedHashMap<>();

    /** A probe of one process and object, or of a file. */
    private static final class Row {
        private final Map<String, Object> json = new LinkedHashMap<>();
        private final List<Map<String, Object>> sites = new ArrayList<>();
        private final String fields;
        private final String semaphore;

        Row(final Long pid, final UsdtProbe probe, final List<FieldSchema> schema) {
            final boolean isKnown = pid != null && probe.semaphore() >= 0;
            final boolean hasSemaphore = probe.semaphoreOffset() != 0;
            fields = schema.stream().map(f -> typeOf(f) + " " + f.name()).collect(Collectors.joining(", "));
            semaphore = !hasSemaphore ? "-" : isKnown ? Integer.toString(probe.semaphore()) : "?";
            if (pid != null) {
                json.put("pid", pid);
            }
            json.put("provider", probe.provider());
            json.put("name", probe.name());
            json.put("arguments", probe.arguments());
            json.put("fields", schema.stream().map(f -> Map.of("name", f.name(), "type", typeOf(f))).toList());
            json.put("sites", sites);
            json.put("has_semaphore", hasSemaphore);
            if (pid != null) {
                json.put("semaphore", probe.semaphore());
            }
            json.put("backing", probe.backing());
            json.put("path", probe.path());
        }

        private static String typeOf(final FieldSchema field) {
            return field.type().name().toLowerCase(Locale.ROOT);
        }

        void addSite(final UsdtProbe probe) {
            final Map<String, Object> site = new LinkedHashMap<>();
            if (probe.siteAddress() != 0) {
                site.put("address", "0x" + Long.toHexString(probe.siteAddress()));
            }
            site.put("offset", "0x" + Long.toHexString(probe.siteOffset()));
            site.put("arguments", probe.arguments());
            sites.add(site);
        }

        /** What its arguments are; those of further sites are elsewhere in registers and memory. */
        String arguments() {
            return !fields.isEmpty() ? fields : sites.stream().map(site -> String.valueOf(site.get("arguments")))
                .distinct().collect(Collectors.joining(" | "));
        }
    }

    /** An empty listing of what a pattern selects. */
    ProbeListing(final EventPattern pattern) {
        this.pattern = pattern;
    }

    /** Adds the probes of a process, and what is known of them. */
    void addProcess(final long pid, final List<UsdtProbe> probes, final ProbeFields fields) {
        for (final UsdtProbe probe : probes) {
            add(pid, probe, fields.of(probe));
        }
        if (!fields.errors().isEmpty()) {
            errors.put(pid, fields.errors());
        }
    }

    /** Adds the probes of a file that nobody needs to have mapped. */
    void addFile(final String path, final List<ElfNotes.Note> notes) {
        for (final ElfNotes.Note note : notes) {
            add(null, new UsdtProbe(note.provider(), note.name(), note.arguments(), path, note.siteOffset(), 0,
                note.semaphoreOffset(), 0, 0, "file"), List.of());
        }
    }

    private void add(final Long pid, final UsdtProbe probe, final List<FieldSchema> fields) {
        if (pattern.matches(probe.provider(), probe.name())) {
            final List<Object> key = List.of(pid == null ? 0L : pid, probe.path(), probe.provider(), probe.name());
            rows.computeIfAbsent(key, unused -> new Row(pid, probe, fields)).addSite(probe);
        }
    }

    /** All as objects for JSON. */
    List<Map<String, Object>> toJson() {
        final List<Map<String, Object>> json = new ArrayList<>(rows.values().stream().map(row -> row.json).toList());
        errors.forEach((pid, ofOne) -> {
            final Map<String, Object> one = new LinkedHashMap<>();
            one.put("pid", pid);
            one.put("errors", ofOne.stream().map(error -> Map.of("count", error.count(),
                "first", time(error.firstMs()), "last", time(error.lastMs()), "text", error.text())).toList());
            json.add(one);
        });
        return json;
    }

    private static String time(final long ms) {
        return Instant.ofEpochMilli(ms).toString();
    }

    /** All as a table. */
    String toText() {
        if (rows.isEmpty()) {
            return "no probes" + System.lineSeparator();
        }
        final Table table = new Table().row("probe", "pid", "semaphore", "sites", "backing", "arguments");
        for (final Row row : rows.values()) {
            table.row(row.json.get("provider") + ":" + row.json.get("name"), row.json.getOrDefault("pid", "-"),
                row.semaphore, row.sites.size(), row.json.get("backing"), row.arguments());
        }
        final StringBuilder text = new StringBuilder(table.toString());
        errors.forEach((pid, ofOne) -> {
            text.append(System.lineSeparator()).append("errors inside the tracer of process ").append(pid)
                .append(System.lineSeparator());
            for (final DistinctError error : ofOne) {
                text.append(String.format(Locale.ROOT, "  %,d from %s to %s: ", error.count(), time(error.firstMs()),
                    time(error.lastMs())));
                PrintedText.escape(text, error.headline());
                text.append(System.lineSeparator());
            }
        });
        return text.toString();
    }
}
