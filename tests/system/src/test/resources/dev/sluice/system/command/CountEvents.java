// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Reads a trace, and prints how many events of each kind it holds. Needs sluice-store and Jackson. */
public final class CountEvents {
    private CountEvents() {
    }

    /** The program. */
    public static void main(final String[] arguments) {
        final TraceReader reader = TraceReader.open(Path.of(arguments[0]));
        final EventCursor events = reader.events().cursor();
        final Map<String, Long> counts = new TreeMap<>();
        while (events.next()) {
            counts.merge(events.event().schema().name(), 1L, Long::sum);
        }
        counts.forEach((name, count) -> System.out.println(name + " " + count));
    }
}
