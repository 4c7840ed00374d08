// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.live;

import java.util.Comparator;

/** What comes first on the page, by the key that chooses it. */
enum TopSort {
    /** The most events a second. */
    RATE('r', "rate", Comparator.comparingDouble(LiveRates.Event::perSecond).reversed(),
        Comparator.comparingDouble(LiveRates.Ring::perSecond).reversed()),
    /** By name. */
    NAME('n', "name", Comparator.comparing(LiveRates.Event::name),
        Comparator.comparing(ring -> ring.ring().name())),
    /** The most events refused or overwritten a second; tracepoints as by rate. */
    LOSSES('l', "losses", RATE.events, Comparator.comparingDouble(LiveRates.Ring::lostPerSecond).reversed()),
    /** The fullest rings; tracepoints as by rate. */
    FULLNESS('f', "fullness", RATE.events,
        Comparator.<LiveRates.Ring>comparingDouble(ring -> ring.ring().peak()).reversed());

    private final char key;
    private final String title;
    private final Comparator<LiveRates.Event> events;
    private final Comparator<LiveRates.Ring> rings;

    TopSort(final char key, final String title, final Comparator<LiveRates.Event> events,
        final Comparator<LiveRates.Ring> rings) {
        this.key = key;
        this.title = title;
        this.events = events;
        this.rings = rings;
    }

    /** The key that chooses it. */
    char key() {
        return key;
    }

    /** What it is called on the page. */
    String title() {
        return title;
    }

    /** The order of tracepoints. */
    Comparator<LiveRates.Event> events() {
        return events.thenComparing(LiveRates.Event::name);
    }

    /** The order of rings. */
    Comparator<LiveRates.Ring> rings() {
        return rings.thenComparing(ring -> ring.ring().ring());
    }

    /** What a key chooses; what was chosen before if it is another key. */
    static TopSort ofKey(final int key, final TopSort before) {
        for (final TopSort sort : values()) {
            if (sort.key == key) {
                return sort;
            }
        }
        return before;
    }
}
