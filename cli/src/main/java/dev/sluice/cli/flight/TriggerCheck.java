// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.store.query.EventLayout;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * Says of triggers what is probably a mistake: they wait for events or fields that no program has declared, or for
 * events that are not recorded. It is no error, as a program may declare them later, and a request may select them.
 * Stateless: any thread.
 */
final class TriggerCheck {
    private TriggerCheck() {
    }

    /**
     * Looks at what is declared now.
     *
     * @param trace      of the recording
     * @param isRecorded whether "provider:tracepoint" is selected
     * @return a line of each trigger that would take no snapshot; none while no program is recorded
     */
    static List<String> lines(final Path trace, final List<Trigger> triggers, final Predicate<String> isRecorded) {
        if (triggers.stream().noneMatch(Trigger::isOfEvents)) {
            return List.of();
        }
        final List<EventLayout> declared = new ArrayList<>();
        final TraceReader reader = TraceReader.open(trace);
        reader.release();
        for (final TargetTrace target : reader.targets()) {
            for (final EventSchema schema : target.schemas()) {
                declared.add(new EventLayout(schema));
            }
        }
        final List<String> lines = new ArrayList<>();
        for (final Trigger trigger : triggers) {
            if (trigger.isOfEvents() && !declared.isEmpty()) {
                final String problem = problem(trigger, declared, isRecorded);
                if (!problem.isEmpty()) {
                    lines.add("--on '" + trigger.text() + "' takes no snapshot as it is now: " + problem);
                }
            }
        }
        return lines;
    }

    private static String problem(final Trigger trigger, final Collection<EventLayout> declared,
        final Predicate<String> isRecorded) {
        final List<String> named;
        try {
            named = trigger.selection().filters(declared).keySet().stream().map(layout -> layout.schema().name())
                .distinct().sorted().toList();
        } catch (final SelectionException e) {
            return e.getMessage();
        }
        return named.stream().anyMatch(isRecorded) ? ""
            : "-e does not select " + String.join(", ", named) + ", and what is not recorded is not looked at";
    }
}
