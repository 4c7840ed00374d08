// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import dev.sluice.cli.select.EventOptions;
import dev.sluice.store.query.Selection;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.query.TimeBound;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The selection options and the destination, which share the name {@code --to}: a picocli mixin. For one thread. */
final class ReplayOptions extends EventOptions {
    /** Where events are replayed to. */
    enum Destination {
        /** Lines of JSON on standard output. */
        JSONL,
        /** An object of a class of the user's. */
        HANDLER,
        /** USDT probes of this process. */
        USDT;

        /** The destination of a name, if there is one. */
        static Optional<Destination> named(final String name) {
            return Arrays.stream(values()).filter(one -> one.label().equals(name)).findFirst();
        }

        /** The name that users write. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--to", paramLabel = "DESTINATION|TIME", description = "jsonl: JSON lines on standard output (the"
        + " default); handler: an object of your class; usdt: probes of this process; or a TIME: only events before"
        + " TIME. May be given once for each")
    private List<String> to = List.of();

    /** Where events are replayed to. */
    Destination destination() {
        final List<Destination> named = to.stream().flatMap(one -> Destination.named(one).stream()).toList();
        if (named.size() > 1) {
            throw new ParameterException(spec.commandLine(), "option '--to' names two destinations");
        }
        return named.isEmpty() ? Destination.JSONL : named.get(0);
    }

    /** Which events are replayed. */
    Selection selection() {
        final List<String> times = to.stream().filter(one -> Destination.named(one).isEmpty()).toList();
        if (times.size() > 1) {
            throw new ParameterException(spec.commandLine(), "option '--to' names two times");
        }
        if (times.isEmpty()) {
            return selection(null);
        }
        try {
            return selection(TimeBound.parse(times.get(0)));
        } catch (final SelectionException e) {
            throw new ParameterException(spec.commandLine(), "Invalid value for option '--to': no destination (jsonl,"
                + " handler, usdt), and no time: " + e.getMessage());
        }
    }
}
