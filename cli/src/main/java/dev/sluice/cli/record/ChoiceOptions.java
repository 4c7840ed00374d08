// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.ring.where.EventChoice;
import dev.sluice.ring.where.EventPair;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Which events are recorded, and how many of them: what the traced program decides. A picocli mixin. For one thread.
 */
public final class ChoiceOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = {"-e", "--event"}, paramLabel = "PATTERN", description = "events to record, 'provider:tracepoint'"
        + " with * and ?; in brackets which of them, 'orders:placed[price > 100]', by --where's == != < <= > >= && ||"
        + " and !, decided in the program before anything is written; may be repeated (default: all, or with --sum and"
        + " --hist those of their fields)")
    private List<String> patterns;

    @Option(names = "--sample", paramLabel = "RATE", description = "only 1/100 of the events, each by chance; or"
        + " 1/100:FIELD, all events of one of a hundred values of a field; decided in the program")
    private String sampling;

    @Option(names = "--min-duration", paramLabel = "TIME", description = "of pairs of events, only those that last at"
        + " least so long, such as 500us or 5ms: the program holds back what begins (default: all). Pairs are those of"
        + " 'report': by their names, such as query_begin and query_end, or by --pair; a thread's own")
    private String leastDuration;

    @Option(names = "--pair", paramLabel = "BEGIN,END[,KEY]", description = "the pairs that --min-duration is for, in"
        + " place of those by names; with keys, 'thread' is one of them. May be repeated")
    private List<String> pairs = List.of();

    /** Whether nothing is said of events. */
    boolean isDefault() {
        return patterns == null;
    }

    /**
     * What was asked for.
     *
     * @param byDefault patterns if none was given
     * @throws ParameterException if one of them cannot be read
     */
    List<String> choices(final List<String> byDefault) {
        if (leastDuration == null && !pairs.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--pair says which pairs --min-duration is for: add that,"
                + " or ask the trace by 'sluice report DIR --pair'");
        }
        final List<String> choices = new ArrayList<>();
        for (final String pattern : patterns == null ? byDefault : patterns) {
            final EventChoice choice = read("--event", () -> EventChoice.of(pattern));
            final EventChoice sampled = sampling == null ? choice
                : read("--sample", () -> choice.sampled(sampling));
            choices.add((leastDuration == null ? sampled : lasting(sampled)).toString());
        }
        return choices;
    }

    private EventChoice lasting(final EventChoice choice) {
        final List<EventPair> named = new ArrayList<>();
        for (final String pair : pairs) {
            read("--pair", () -> {
                named.add(EventPair.of(pair));
                return choice.lasting(1, named);
            });
        }
        return read("--min-duration", () -> choice.lasting(EventChoice.duration(leastDuration), named));
    }

    private interface Reading {
        EventChoice read();
    }

    private EventChoice read(final String option, final Reading reading) {
        try {
            return reading.read();
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "Invalid value for option '" + option + "': "
                + e.getMessage(), e);
        }
    }
}
