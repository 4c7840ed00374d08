// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.pair;

import java.util.Arrays;

/** The roles of tracepoints, by event id. One thread at a time may change them; any thread may read them. */
public final class HeldRoles {
    private volatile HeldRole[] byId = new HeldRole[0];

    /** The role of the events of an id, or null. */
    public HeldRole of(final int id) {
        final HeldRole[] roles = byId;
        return id < roles.length ? roles[id] : null;
    }

    /** Gives the events of an id a role from now on. To be called before the bit is set that says so. */
    public void set(final int id, final HeldRole role) {
        if (role.equals(of(id))) {
            return;
        }
        final HeldRole[] changed = Arrays.copyOf(byId, Math.max(byId.length, id + 1));
        changed[id] = role;
        byId = changed;
    }
}
