// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.usdt;

import dev.sluice.cli.output.CommandException;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.query.EventLayout;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.trace.Field;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import dev.sluice.usdt.find.ProcessProbes;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The tracepoints of a trace, declared and loaded in this process. Immutable once made: any thread. */
public final class UsdtTracepoints {
    private static final String STRING_LIMIT = "sluice.string.limit";
    /** The greatest limit: what the target has cut must not be cut again. */
    private static final String MOST_BYTES = "32768";

    private final Map<EventSchema, Tracepoint> bySchema = new IdentityHashMap<>();

    /**
     * Declares and loads the tracepoints of all targets.
     *
     * @throws CommandException if the declarations contradict each other among the selected events, or no probe can be
     *                          made here
     */
    public UsdtTracepoints(final List<TargetTrace> targets, final Selection selection) {
        System.setProperty(STRING_LIMIT, MOST_BYTES);
        final List<EventLayout> layouts = targets.stream().flatMap(target -> target.schemas().stream())
            .map(EventLayout::new).toList();
        final Set<EventLayout> selected = selection.filters(layouts).keySet();
        final Map<String, Provider> providers = new TreeMap<>();
        // Those that are needed come first: of two that contradict each other, the first one is declared.
        layouts.stream().filter(selected::contains).forEach(layout -> declare(layout.schema(), true, providers));
        layouts.stream().filter(layout -> !selected.contains(layout))
            .forEach(layout -> declare(layout.schema(), false, providers));
        providers.values().forEach(Provider::load);
        requireProbes(providers.keySet());
    }

    private void declare(final EventSchema schema, final boolean isNeeded, final Map<String, Provider> providers) {
        try {
            final Provider provider = Provider.named(schema.provider());
            bySchema.put(schema, provider.tracepoint(schema.tracepoint(),
                schema.fields().stream().map(UsdtTracepoints::field).toArray(Field[]::new)));
            providers.put(schema.provider(), provider);
        } catch (final IllegalArgumentException e) {
            if (isNeeded) {
                throw new CommandException("event " + schema.name() + " cannot be declared in one process with the"
                    + " others: " + e.getMessage() + "; leave it out with -e", e);
            }
        }
    }

    private static Field field(final FieldSchema field) {
        final String name = field.name();
        return switch (field.type()) {
            case INT8 -> Field.int8(name);
            case INT16 -> Field.int16(name);
            case INT32 -> Field.int32(name);
            case INT64 -> Field.int64(name);
            case UINT8 -> Field.uint8(name);
            case UINT16 -> Field.uint16(name);
            case UINT32 -> Field.uint32(name);
            case UINT64 -> Field.uint64(name);
            case FLOAT32 -> Field.float32(name);
            case FLOAT64 -> Field.float64(name);
            case BOOL -> Field.bool(name);
            case ENUM8, ENUM16 -> Field.enumeration(name, field.labels().toArray(String[]::new));
            case STRING -> Field.string(name);
            case BYTES -> Field.bytes(name);
        };
    }

    private static void requireProbes(final Set<String> providers) {
        final Set<String> loaded = ProcessProbes.of(ProcessHandle.current().pid()).stream()
            .map(probe -> probe.provider()).collect(Collectors.toSet());
        final List<String> absent = providers.stream().filter(name -> !loaded.contains(name)).toList();
        if (!absent.isEmpty()) {
            throw new CommandException("no USDT probes could be made for " + String.join(", ", absent)
                + ": the warning above says why");
        }
    }

    /** The tracepoint of an event, or null if it is not selected. */
    Tracepoint of(final EventSchema schema) {
        return bySchema.get(schema);
    }

    /** All tracepoints. */
    Collection<Tracepoint> all() {
        return bySchema.values();
    }
}
