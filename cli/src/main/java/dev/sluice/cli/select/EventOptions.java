// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.select;

import dev.sluice.store.query.ProcessPattern;
import dev.sluice.store.query.Selection;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.query.ThreadPattern;
import dev.sluice.store.query.TimeBound;
import dev.sluice.store.query.Where;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/**
 * The selection options that are the same for every command that reads a trace: all but the end of the range of time.
 * A base for picocli mixins. For one thread.
 */
public abstract class EventOptions {
    @Option(names = {"-e", "--event"}, paramLabel = "PATTERN", description = "only these events: 'shop:order', * for"
        + " any characters and ? for one; 'shop' for all of a provider; may be repeated")
    private List<String> events = List.of();

    @Option(names = "--from", paramLabel = "TIME", converter = Bounds.class, description = "only events at TIME or"
        + " later: a wall time as print shows it (also 03:04:05), an offset from the first event (+1.5s) or back from"
        + " the last one (-10s)")
    private TimeBound from;

    @Option(names = "--process", paramLabel = "PID|NAME", converter = Processes.class, description = "only events of"
        + " this process: its id, or the name of its main class or jar file, with * and ?; may be repeated")
    private List<String> processes = List.of();

    @Option(names = "--thread", paramLabel = "THREAD", converter = Threads.class, description = "only events of this"
        + " thread: its id, v and the id of a virtual thread, or a name with * and ?; may be repeated")
    private List<String> threads = List.of();

    @Option(names = "--where", paramLabel = "CONDITION", converter = Conditions.class, description = "only events"
        + " whose fields fit: 'price > 100 && symbol == \"ACME\"'; events without such a field do not")
    private Where where;

    @Option(names = {"-n", "--limit"}, paramLabel = "N", converter = Limits.class, description = "only the first N of"
        + " these")
    private Long limit;

    /**
     * What the options say.
     *
     * @param to end of the range of time, or null
     */
    protected Selection selection(final TimeBound to) {
        Selection selection = Selection.ALL.events(events.toArray(String[]::new))
            .processes(processes.toArray(String[]::new)).threads(threads.toArray(String[]::new));
        selection = from == null ? selection : selection.from(from);
        selection = to == null ? selection : selection.to(to);
        selection = where == null ? selection : selection.where(where);
        return limit == null ? selection : selection.first(limit);
    }

    /** Reads an option. A name that the trace does not know is wrong usage, and so is a value that cannot be parsed. */
    private interface Reading<T> {
        T read(String text);
    }

    private static <T> T read(final String text, final Reading<T> reading) {
        try {
            return reading.read(text);
        } catch (final SelectionException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** Reads a time. */
    static final class Bounds implements ITypeConverter<TimeBound> {
        @Override
        public TimeBound convert(final String text) {
            return read(text, TimeBound::parse);
        }
    }

    /** Reads a condition. */
    static final class Conditions implements ITypeConverter<Where> {
        @Override
        public Where convert(final String text) {
            return read(text, Where::parse);
        }
    }

    /** Looks at a process. */
    static final class Processes implements ITypeConverter<String> {
        @Override
        public String convert(final String text) {
            read(text, ProcessPattern::parse);
            return text;
        }
    }

    /** Looks at a thread. */
    static final class Threads implements ITypeConverter<String> {
        @Override
        public String convert(final String text) {
            read(text, ThreadPattern::parse);
            return text;
        }
    }

    /** Reads a number of events. */
    static final class Limits implements ITypeConverter<Long> {
        @Override
        public Long convert(final String text) {
            if (!text.matches("\\d{1,18}")) {
                throw new TypeConversionException("'" + text + "' is no number of events");
            }
            return Long.parseLong(text);
        }
    }
}
