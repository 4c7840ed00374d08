// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.list;

import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.usdt.find.UsdtProbe;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What Sluice itself knows of a process: the names and types of the arguments of its probes, and what went wrong inside
 * its tracer. Two copies of the library, or two versions of a provider, have probes with the same name, so fields are
 * found by the probe's address. Immutable.
 */
public final class ProbeFields {
    /** The fields of a process that is no target. */
    static final ProbeFields NONE = new ProbeFields();

    private final Map<Long, EventSchema> bySite = new HashMap<>();
    /** Schemas by name, of targets whose library does not say where its probes are. */
    private final Map<String, EventSchema> byName = new HashMap<>();
    private final List<DistinctError> errors = new ArrayList<>();
    private final Map<Long, ClockChoice> clockBySite = new HashMap<>();
    private final List<ClockChoice> clocks = new ArrayList<>();

    /** The clock that stamps a target's events, and the reason for it. */
    record ClockChoice(String kind, String why) {
    }

    private ProbeFields() {
    }

    /** What is known of a process. Nothing is known if it is no target or may not be looked into. */
    public static ProbeFields of(final long pid) {
        final ProbeFields fields = new ProbeFields();
        final List<Target> targets;
        try {
            targets = TargetFinder.open(pid);
        } catch (final AttachException e) {
            // The process has probes without Sluice, or is a target of another version: the probes themselves are still
            // shown.
            return fields;
        }
        try {
            for (final Target target : targets) {
                fields.add(target);
            }
        } catch (final AttachException e) {
            return fields;
        } finally {
            targets.forEach(Target::close);
        }
        return fields;
    }

    private void add(final Target target) {
        final Map<Long, EventSchema> sites = target.region().sites();
        bySite.putAll(sites);
        if (sites.isEmpty()) {
            target.region().schemas().forEach(schema -> byName.put(schema.name(), schema));
        }
        final ClockChoice clock =
            new ClockChoice(Clock.name(target.region().clockKind()), target.region().notes().clockWhy());
        clocks.add(clock);
        sites.keySet().forEach(site -> clockBySite.put(site, clock));
        errors.addAll(target.region().notes().errors());
        final long unrecorded = target.region().notes().unrecordedErrors();
        if (unrecorded > 0) {
            errors.add(new DistinctError(unrecorded, 0, 0, "errors of further kinds, for which the log has no room"));
        }
    }

    /** The fields of a probe at one of its sites; none if Sluice did not make it. */
    public List<FieldSchema> of(final UsdtProbe site) {
        final EventSchema schema = bySite.get(site.siteAddress());
        if (schema != null && schema.name().equals(site.provider() + ':' + site.name())) {
            return schema.fields();
        }
        final EventSchema named = byName.get(site.provider() + ':' + site.name());
        return named == null ? List.of() : named.fields();
    }

    /** The clock of a probe at one of its sites; null if Sluice did not make it, or does not say where it is. */
    ClockChoice clock(final UsdtProbe site) {
        return clockBySite.get(site.siteAddress());
    }

    /** The clocks of all targets in the process. */
    List<ClockChoice> clocks() {
        return clocks;
    }

    /** Errors inside the tracer, of all targets in the process. */
    List<DistinctError> errors() {
        return errors;
    }
}
