// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import java.util.List;

/** The ways to drain that tests of the account have: who does it, and in which mode the recorder then is. */
public final class Draining {
    /** The strategies of a target, and the two ways in which a recorder drains by itself. */
    public static final List<String> STRATEGIES = List.of("owner", "drain_thread", "consumer", "pull");
    /** Modes of a recorder. */
    public static final List<String> MODES = List.of("bpf", "shared", "pull");

    private Draining() {
    }

    /** The mode of a recorder under which a strategy drains. */
    public static String mode(final String strategy) {
        return switch (strategy) {
            case "consumer" -> "shared";
            case "pull" -> "pull";
            default -> "bpf";
        };
    }

    /** What the target is told, who is not asked where the recorder drains by itself. */
    public static String targetsStrategy(final String strategy) {
        return mode(strategy).equals("bpf") ? strategy : "owner";
    }
}
