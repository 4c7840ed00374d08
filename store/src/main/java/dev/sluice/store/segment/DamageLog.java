// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The damaged places that readers of one trace have found, each place once, the first thousand with all details. Any
 * thread.
 */
public final class DamageLog {
    /** The number of places that are kept with all details. */
    static final int CAPACITY = 1000;
    /** The number of places that are remembered as counted. */
    private static final int COUNTED_CAPACITY = 1 << 16;

    private record Place(Path file, long offset) {
    }

    private final Map<Place, TraceDamage> kept = new TreeMap<>(
        Comparator.comparing(Place::file).thenComparingLong(Place::offset));
    private final Set<Place> counted = new HashSet<>();
    private long count;

    public synchronized void add(final TraceDamage damage) {
        final Place place = new Place(damage.file(), damage.offset());
        if (counted.size() < COUNTED_CAPACITY ? !counted.add(place) : counted.contains(place)) {
            return;
        }
        count++;
        if (kept.size() < CAPACITY) {
            kept.put(place, damage);
        }
    }

    /** Whether a place was noted. */
    public synchronized boolean isKnown(final Path file, final long offset) {
        return counted.contains(new Place(file, offset));
    }

    public synchronized List<TraceDamage> places() {
        return List.copyOf(kept.values());
    }

    /** Replaces places by the same places with more details. */
    public synchronized void replace(final Collection<TraceDamage> known) {
        known.forEach(damage -> kept.replace(new Place(damage.file(), damage.offset()), damage));
    }

    /** The number of places found, including those that were not kept. */
    public synchronized long count() {
        return count;
    }
}
