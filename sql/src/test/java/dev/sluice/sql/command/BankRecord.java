// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The record that the sample bank has written of itself, and what H2 has counted of its statements. */
final class BankRecord {
    final List<Span> queries = new ArrayList<>();
    final List<Span> transactions = new ArrayList<>();
    final List<Fired> events = new ArrayList<>();
    /** By query. */
    final Map<String, Statistics> statistics = new TreeMap<>();

    /**
     * An event as the program has it: readings of its clock before and after, and the fields.
     *
     * @param name without the provider's
     */
    record Fired(String name, String thread, long before, long after, Map<String, Object> fields) {
        long number(final String field) {
            return (Long) fields.get(field);
        }
    }

    /** What began with one event and ended with another. */
    record Span(Fired begin, Fired end) {
        /** As measured inside of both events. */
        long leastNs() {
            return end.before() - begin.after();
        }

        /** As measured outside of both events. */
        long mostNs() {
            return end.after() - begin.before();
        }

        String text(final String field) {
            return String.valueOf(end.fields().getOrDefault(field, begin.fields().get(field)));
        }
    }

    /** H2's own figures of a statement; durations in milliseconds. */
    record Statistics(long count, long rows, double mostMs, double sumMs) {
    }

    private BankRecord() {
    }

    /** Reads the file. */
    static BankRecord read(final Path file) throws IOException {
        final BankRecord record = new BankRecord();
        for (final String line : Files.readAllLines(file)) {
            record.add(line.split("\t"));
        }
        record.events.sort(Comparator.comparingLong(Fired::before));
        return record;
    }

    private void add(final String... words) {
        if (words[0].equals("h2")) {
            statistics.put(words[1], new Statistics(Long.parseLong(words[2]), Long.parseLong(words[3]),
                Double.parseDouble(words[4]), Double.parseDouble(words[5])));
            return;
        }
        final String thread = words[1];
        switch (words[0]) {
            case "query" -> queries.add(span(words,
                new Fired("queryBegin", thread, number(words[2]), number(words[3]), fields("id", number(words[6]),
                    "query", words[7], "tx", number(words[8]), "account", number(words[9]))),
                new Fired("queryEnd", thread, number(words[4]), number(words[5]), fields("id", number(words[6]),
                    "query", words[7], "tx", number(words[8]), "rows", number(words[10])))));
            case "tx" -> transactions.add(span(words,
                new Fired("txBegin", thread, number(words[2]), number(words[3]), fields("tx", number(words[6]),
                    "work", words[7])),
                new Fired("txEnd", thread, number(words[4]), number(words[5]), fields("tx", number(words[6]),
                    "work", words[7], "outcome", words[8], "amount", number(words[9])))));
            case "locked" -> events.add(new Fired("locked", thread, number(words[2]), number(words[3]),
                fields("tx", number(words[4]), "account", number(words[5]), "waitNs", number(words[6]))));
            case "commit" -> events.add(new Fired("commit", thread, number(words[2]), number(words[3]),
                fields("tx", number(words[4]), "tookNs", number(words[5]))));
            default -> throw new AssertionError("a line of the record: " + String.join(" ", words));
        }
    }

    private Span span(final String[] words, final Fired begin, final Fired end) {
        events.add(begin);
        events.add(end);
        return new Span(begin, end);
    }

    private static long number(final String word) {
        return Long.parseLong(word);
    }

    private static Map<String, Object> fields(final Object... namesAndValues) {
        final Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    /** Events of a name, in the order of their times. */
    Stream<Fired> named(final String name) {
        return events.stream().filter(event -> event.name().equals(name));
    }
}
