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
import dev.sluice.usdt.StubFiles;
import dev.sluice.usdt.find.UsdtProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What Sluice itself knows of a process: the names and types of the arguments of its probes, and what went wrong inside
 * its tracer. Two copies of the library, or two versions of a provider, have probes with the same name, so fields are
 * found by the probe's address. Immutable.
 */
public final class ProbeFields {
    /** The fields of a process that is no target. */
    static final ProbeFields NONE = new ProbeFields();

    /** How the link to a memfd begins that holds a stub object. */
    private static final String STUB_MEMFD = "/memfd:sluice-";

    private final Map<Long, EventSchema> bySite = new HashMap<>();
    /** Schemas by name, of targets whose library does not say where its probes are. */
    private final Map<String, EventSchema> byName = new HashMap<>();
    /** Addresses of the batch probes. */
    private final Set<Long> drains = new HashSet<>();
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
        drains.add(target.control().drainStub());
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
        final EventSchema schema = schema(site);
        return schema == null ? List.of() : schema.fields();
    }

    private EventSchema schema(final UsdtProbe site) {
        final String name = site.provider() + ':' + site.name();
        final EventSchema schema = bySite.get(site.siteAddress());
        return schema != null && schema.name().equals(name) ? schema : byName.get(name);
    }

    /**
     * Whether Sluice made the probe at one of its sites. If the process may not be looked into, or has another version
     * of Sluice, the name of the object tells.
     */
    boolean isOwn(final UsdtProbe site) {
        return schema(site) != null || drains.contains(site.siteAddress()) || isStub(site);
    }

    private static boolean isStub(final UsdtProbe site) {
        if (!site.backing().equals("memfd")) {
            return StubFiles.isStub(site.path().substring(site.path().lastIndexOf('/') + 1));
        }
        try {
            return Files.readSymbolicLink(Path.of(site.path())).toString().startsWith(STUB_MEMFD);
        } catch (final IOException e) {
            // The process has ended or has closed it: nobody can say, and nothing is left to attach to.
            return false;
        }
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
