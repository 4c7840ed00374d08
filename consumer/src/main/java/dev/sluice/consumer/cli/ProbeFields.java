// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.cli;

import dev.sluice.consumer.AttachException;
import dev.sluice.consumer.Target;
import dev.sluice.consumer.TargetFinder;
import dev.sluice.ring.EventSchema;
import dev.sluice.ring.FieldSchema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the arguments of probes are called and mean, where Sluice itself made the probes. Stateless: any thread. */
final class ProbeFields {
    private ProbeFields() {
    }

    /** Fields by "provider:name"; empty where the process is no target, or may not be looked into. */
    static Map<String, List<FieldSchema>> of(final long pid) {
        final Map<String, List<FieldSchema>> fields = new HashMap<>();
        final List<Target> targets;
        try {
            targets = TargetFinder.open(pid);
        } catch (final AttachException e) {
            // Probes without Sluice, or a target of another version: the probes themselves are still worth showing.
            return fields;
        }
        try {
            for (final Target target : targets) {
                for (final EventSchema schema : target.region().schemas()) {
                    fields.put(schema.name(), schema.fields());
                }
            }
        } catch (final AttachException e) {
            return fields;
        } finally {
            targets.forEach(Target::close);
        }
        return fields;
    }
}
