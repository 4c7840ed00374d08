// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * The tracepoints of one provider. In one class loader a name has one set of fields; declaring the name with other
 * fields is an error. An application that is deployed again, by another class loader above one copy of the library, may
 * have changed its fields: its tracepoint becomes a new version beside the old version, which tracers may still be
 * attached to. For one thread at a time: callers hold the provider's lock.
 */
final class Declarations {
    private final String provider;
    private final Map<String, List<Version>> versions = new HashMap<>();
    private final List<Tracepoint> all = new ArrayList<>();

    Declarations(final String provider) {
        this.provider = provider;
    }

    /** The loaders are held weakly, so that a declaration keeps no application in memory. */
    private record Version(Tracepoint tracepoint, Set<ClassLoader> loaders) {
    }

    /**
     * The version of these fields, or null if there is none yet.
     *
     * @param loader class loader of the class that declares
     * @throws IllegalArgumentException if the same loader has declared the name with other fields
     */
    Tracepoint find(final String name, final List<Field> fields, final ClassLoader loader) {
        final Version version = version(name, fields, loader);
        return version == null ? null : version.tracepoint;
    }

    private Version version(final String name, final List<Field> fields, final ClassLoader loader) {
        Version same = null;
        for (final Version version : versions.getOrDefault(name, List.of())) {
            if (version.tracepoint.fields().equals(fields)) {
                same = version;
            } else if (version.loaders.contains(loader)) {
                throw new IllegalArgumentException("tracepoint " + provider + ':' + name
                    + " is declared already with fields=" + version.tracepoint.fields() + ", not fields=" + fields);
            }
        }
        return same;
    }

    /**
     * Declares a tracepoint.
     *
     * @param added the list that a new tracepoint is added to
     * @return a new tracepoint, or the version that has these fields
     * @throws IllegalArgumentException as in {@link #find}
     */
    Tracepoint declare(final String name, final List<Field> fields, final ClassLoader loader,
                       final List<Tracepoint> added) {
        Version version = version(name, fields, loader);
        if (version == null) {
            version = new Version(
                new Tracepoint(provider, name, fields), Collections.newSetFromMap(new WeakHashMap<>()));
            versions.computeIfAbsent(name, unused -> new ArrayList<>()).add(version);
            all.add(version.tracepoint);
            added.add(version.tracepoint);
        }
        version.loaders.add(loader);
        return version.tracepoint;
    }

    /** All tracepoints, in the order of declaration. */
    List<Tracepoint> all() {
        return List.copyOf(all);
    }

    /** The newest version of a name, or null. */
    Tracepoint newest(final String name) {
        final List<Version> known = versions.get(name);
        return known == null ? null : known.get(known.size() - 1).tracepoint;
    }
}
